package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// bench measures this kernel beside stock GoNB, in turns, so that what else the machine does hits both.
type bench struct {
	kernels [2]*contestant // ours, stock GoNB
	n       int
	fresh   int // makes sources that never were before
	out     io.Writer
}

// contestant is a kernel that is measured.
type contestant struct {
	name    string
	start   func(context.Context) (*session, error)
	running *session
}

// measure does something with a kernel once and says how long each part of it took.
type measure func(context.Context, *contestant) ([]time.Duration, error)

// BenchKernel measures the kernel beside stock GoNB, which runs with its default settings, and prints a table of medians of n. What is built for it is thrown
// away.
func (e *Env) BenchKernel(ctx context.Context, n int, out io.Writer) error {
	dir, err := os.MkdirTemp("", "curious-bench-")
	if err != nil {
		return fmt.Errorf("kernels: measuring: %w: make room in %s, or set TMPDIR", err, os.TempDir())
	}
	defer os.RemoveAll(dir)
	b := &bench{n: max(n, 1), fresh: int(time.Now().Unix()), out: out}
	defer b.end()
	if err := b.prepare(ctx, e, dir); err != nil {
		return fmt.Errorf("kernels: measuring: %w", err)
	}
	fmt.Fprintf(out, "Medians of %d (whole kernels and notebooks: of %d) in seconds; %s on %s/%s with %d cores.\n\n", b.n, b.few(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintf(out, row, "", "ours", "stock", "ratio", "target")
	for _, part := range []func(context.Context) error{b.starts, b.cells, b.looks, b.notebooks} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("kernels: measuring: %w", err)
		}
	}
	return nil
}

// end ends the kernels.
func (b *bench) end() {
	for _, k := range b.kernels {
		if k != nil && k.running != nil {
			_ = k.running.end()
		}
	}
}

// few is how often what takes long is measured.
func (b *bench) few() int { return (b.n + 7) / 8 }

// prepare says how the kernels are started, starts both, and lets them find what is the same for all cells warm.
func (b *bench) prepare(ctx context.Context, e *Env, dir string) error {
	own, err := e.apart(dir)
	if err != nil {
		return err
	}
	caches, err := goEnv(ctx, e.Root, nil, "GOCACHE", "GOPATH", "GOMODCACHE")
	if err != nil {
		return err
	}
	home := filepath.Join(dir, "stock")
	tmp := filepath.Join(home, "tmp")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	ours := environ(map[string]string{"CURIOUS_ROOT": own.Root, "CURIOUS_HOME": own.Home})
	stock := environ(e.CellVars(), map[string]string{"GOFLAGS": "", "HOME": home, "TMPDIR": tmp, "GOCACHE": caches[0], "GOPATH": caches[1], "GOMODCACHE": caches[2]})
	b.kernels = [2]*contestant{{name: "ours", start: func(ctx context.Context) (*session, error) {
		return startSession(ctx, dir, ours, io.Discard, filepath.Join(own.Bin(), "curious"), "kernel", "--device", string(own.Device), connectionArg)
	}}, {name: "stock GoNB", start: func(ctx context.Context) (*session, error) {
		s, err := startSession(ctx, dir, stock, io.Discard, filepath.Join(e.Bin(), "gonb"), "-kernel", connectionArg, "-go_work", e.Root)
		if err == nil {
			if _, err = passes(ctx, s, "%noautoget"); err != nil { // else each cell downloads the newest of all that it imports
				s.kill()
			}
		}
		return s, err
	}}}
	for _, k := range b.kernels {
		if k.running, err = k.start(ctx); err != nil {
			return err
		}
		for _, code := range []string{b.trivial(), b.engine(), b.model()} {
			if _, err := passes(ctx, k.running, code); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
	}
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(time.Second) {
		if _, err := complete(ctx, b.kernels[1]); err == nil { // gopls, if there is one, is no longer busy
			break
		}
	}
	return nil
}

// passes runs a cell that must not fail.
func passes(ctx context.Context, s *session, code string) (*cell, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	c, err := s.run(ctx, code)
	if err == nil && c.Status != "ok" {
		err = fmt.Errorf("the cell %q failed: %s: %s; it printed %q", code, c.Ename, c.Evalue, c.Printed)
	}
	return c, err
}

// row is a line of the table.
const row = "%-54s %8s %8s %7s  %s\n"

// label is the beginning and the end of a line.
type label struct{ what, target string }

// nothing is why there is nothing to measure, as the table has it.
type nothing string

func (n nothing) Error() string { return string(n) }

// lines measures n times, in turns, and prints a line for each of the durations that a measurement gives.
func (b *bench) lines(ctx context.Context, n int, labels []label, once measure) error {
	times := make([][2][]time.Duration, len(labels))
	var none [2]nothing
	for range n {
		for i, k := range b.kernels {
			if none[i] != "" {
				continue
			}
			took, err := once(ctx, k)
			if errors.As(err, &none[i]) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", labels[0].what, k.name, err)
			}
			for j := range labels {
				times[j][i] = append(times[j][i], took[j])
			}
		}
	}
	for j, l := range labels {
		texts := [2]string{string(none[0]), string(none[1])}
		for i := range texts {
			if none[i] == "" {
				texts[i] = fmt.Sprintf("%.3f", median(times[j][i]))
			}
		}
		ratio := ""
		if none[0] == "" && none[1] == "" {
			ratio = fmt.Sprintf("%.1f", median(times[j][1])/median(times[j][0]))
		}
		fmt.Fprintf(b.out, row, l.what, texts[0], texts[1], ratio, l.target)
	}
	return nil
}

// median is that of durations in seconds.
func median(times []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]).Seconds() / 2
}
