// Command oneshot answers questions in one turn, such as "26 miles in km". It
// keeps no state: each question stands for itself.
package main

import (
	"context"
	"fmt"
	"log"
	"regexp"
	"strconv"
	"strings"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/server"
)

func main() {
	if err := server.Run(context.Background(), newConverter(), server.FromEnv()); err != nil {
		log.Fatal(err)
	}
}

func newConverter() *agent.App {
	app := agent.New(agent.Config{})
	app.Use(middleware.Mentions()) // so that it also understands "@Converter 3 kg in lb"
	app.OnMessage(answer)
	return app
}

// answer has the three steps of most agents.
func answer(ctx context.Context, t *agent.Turn) error {
	q, ok := recognise(t.Activity.Text)
	if !ok {
		return t.SendText(ctx, "Ask me something like \"26 miles in km\" or \"70 kg in lb\".")
	}
	result, err := reason(q)
	if err != nil {
		return t.SendText(ctx, "Sorry, "+err.Error()+".")
	}
	return t.SendText(ctx, fmt.Sprintf("%v %s is %.2f %s.", q.amount, q.from, result, q.to))
}

type question struct {
	amount   float64
	from, to string
}

var pattern = regexp.MustCompile(`(?i)(-?\d+(?:\.\d+)?)\s*([a-z]+)\s+(?:in|to)\s+([a-z]+)`)

// recognise finds the question in what was said.
func recognise(text string) (question, bool) {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return question{}, false
	}
	amount, err := strconv.ParseFloat(m[1], 64)
	return question{amount, strings.ToLower(m[2]), strings.ToLower(m[3])}, err == nil
}

// units are sizes in metres and in grams.
var units = []map[string]float64{
	{"m": 1, "km": 1000, "ft": 0.3048, "miles": 1609.344},
	{"g": 1, "kg": 1000, "oz": 28.349523125, "lb": 453.59237},
}

// reason works out the answer. Its errors are for people.
func reason(q question) (float64, error) {
	for _, kind := range units {
		from, isFrom := kind[q.from]
		to, isTo := kind[q.to]
		switch {
		case isFrom && isTo:
			return q.amount * from / to, nil
		case isFrom || isTo:
			return 0, fmt.Errorf("%s cannot be turned into %s", q.from, q.to)
		}
	}
	return 0, fmt.Errorf("neither %s nor %s is a unit I know", q.from, q.to)
}
