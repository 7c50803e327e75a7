package sqlite_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// The tests in this file start their own binary again as a child process,
// which finds its job and its database in these variables.
const (
	jobVariable  = "OUTSPOKEN_SQLITE_TEST_JOB"
	pathVariable = "OUTSPOKEN_SQLITE_TEST_PATH"
)

func TestMain(m *testing.M) {
	job, isChild := map[string]func(context.Context, *sqlite.Store) error{
		"write": writeForEver,
		"count": countTo30,
	}[os.Getenv(jobVariable)]
	if !isChild {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, os.Getenv(pathVariable), sqlite.Config{})
	if err == nil {
		err = errors.Join(job(ctx, s), s.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t *testing.T, job, path string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jobVariable+"="+job, pathVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// writeForEver stores pairs of keys from several goroutines and prints the
// name of each pair once it was acknowledged.
func writeForEver(ctx context.Context, s *sqlite.Store) error {
	run := rand.Uint64()
	errs := make(chan error)
	for worker := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%x/%d/%d", run, worker, i)
				value := storage.Item{Value: json.RawMessage(strconv.Quote(name))}
				var err error
				if i%2 == 0 {
					_, err = s.Write(ctx, map[string]storage.Item{name + "/a": value, name + "/b": value})
				} else {
					err = s.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
						_, errA := tx.Write(ctx, map[string]storage.Item{name + "/a": value})
						_, errB := tx.Write(ctx, map[string]storage.Item{name + "/b": value})
						return errors.Join(errA, errB)
					})
				}
				if err != nil {
					errs <- err
					return
				}
				fmt.Println(name)
			}
		}()
	}
	return <-errs
}

func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	acknowledged := map[string]bool{}
	for range 6 {
		killWhileWriting(t, path, acknowledged)

		s := open(t, path)
		stored := map[string]string{}
		for e, err := range storage.All(t.Context(), s, "") {
			if err != nil {
				t.Fatal(err)
			}
			stored[e.Key] = string(e.Value)
		}
		for name := range acknowledged {
			if a, b, want := stored[name+"/a"], stored[name+"/b"], strconv.Quote(name); a != want || b != want {
				t.Fatalf("%s was acknowledged and reads %q and %q after the kill", name, a, b)
			}
		}
		for key := range stored {
			name := key[:len(key)-2]
			if stored[name+"/a"] != stored[name+"/b"] {
				t.Fatalf("half of the batch %s is there", name)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var result string
	if err := openSQL(t, path).QueryRow("PRAGMA integrity_check").Scan(&result); err != nil || result != "ok" {
		t.Errorf("integrity check: %s, %v", result, err)
	}
	t.Logf("%d acknowledged batches, all there", len(acknowledged))
}

// killWhileWriting starts a writing child, kills it after a random number of
// acknowledgements, and adds what it printed until its end.
func killWhileWriting(t *testing.T, path string, acknowledged map[string]bool) {
	t.Helper()
	cmd := child(t, "write", path)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killAt, lines := 1+rand.IntN(200), bufio.NewReader(stdout)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line cut off by the kill does not count
		}
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[strings.TrimSuffix(line, "\n")] = true
		if n == killAt {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
}

func countTo30(ctx context.Context, s *sqlite.Store) error {
	for range 30 {
		err := s.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
			items, err := tx.Read(ctx, "n")
			if err != nil {
				return err
			}
			n, _ := strconv.Atoi(string(items["n"].Value))
			_, err = tx.Write(ctx, map[string]storage.Item{"n": {Value: json.RawMessage(strconv.Itoa(n + 1))}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Three processes create the same new file at once and count in it.
func TestProcessesShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := child(t, "count", path).Run(); err != nil {
				t.Errorf("child: %v", err)
			}
		})
	}
	wg.Wait()
	if got := get(t, open(t, path), "n"); got != "90" {
		t.Errorf("three processes counted to %s, want 90", got)
	}
}

// Two stores on one file behave as two processes do.
func TestAWriterSaysThatAnotherProcessHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	release := hold(t, open(t, path))
	impatient, err := sqlite.Open(t.Context(), path, sqlite.Config{BusyTimeout: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	_, err = impatient.Write(t.Context(), map[string]storage.Item{"a": {Value: json.RawMessage(`1`)}})
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("error = %v, want one that names the other process", err)
	}
	release()
	put(t, impatient, "a", `1`)
}
