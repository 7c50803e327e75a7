package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// spent is what a process has used so far.
type spent struct {
	cpu       float64 // seconds
	rss, peak int64   // bytes now, and at the highest
}

const clockTick = 100 // USER_HZ on Linux

func sample(pid int) (spent, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return spent{}, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return spent{}, err
	}
	return spent{(user + system) / clockTick, kib(status, "VmRSS:"), kib(status, "VmHWM:")}, nil
}

func kib(status []byte, key string) int64 {
	_, rest, _ := bytes.Cut(status, []byte(key))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	n, _ := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	return n << 10
}
