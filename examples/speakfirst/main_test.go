package main

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/outspoken-go/outspoken/agenttest"
)

func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var work sync.WaitGroup
		defer work.Wait()
		c := agenttest.Start(t, newAgent(&work))
		agenttest.WantTexts(t, c.SendText("report"), "I will tell you when it is ready.")
		agenttest.WantTexts(t, agenttest.Replies{c.Next()}, "Your report is ready.")
	})
}
