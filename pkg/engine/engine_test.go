package engine

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTrains trains a convolution for 50 steps on each engine, each with its watchdog: GoMLX's pure-Go backend, opened as it comes, waits for ever
// on a small machine.
func TestTrains(t *testing.T) {
	type engine struct{ name, env string }
	engines := []engine{{"go", "CURIOUS_ENGINE=go"}}
	t.Run("xla", func(t *testing.T) { engines = append(engines, engine{"xla", "CURIOUS_ENGINE=xla:" + xlaPlugin(t)}) })
	for _, e := range engines {
		for _, cores := range []int{1, 2, 4} {
			if e.name == "xla" && cores > 1 {
				continue // XLA does not ask Go
			}
			t.Run(fmt.Sprintf("%s, %d cores", e.name, cores), func(t *testing.T) {
				env := []string{e.env, fmt.Sprintf("GOMAXPROCS=%d", cores), "CURIOUS_HOME=" + t.TempDir()}
				first, output, err := child(task{Config: small, Steps: 50}, 2*time.Minute, env...)
				if err != nil {
					t.Fatalf("%v: %s", err, output)
				}
				if output != "" {
					t.Errorf("a stray line, which a cell would show: %q", output)
				}
				if first.Kind != e.name {
					t.Errorf("engine is %q (%s), want %q", first.Kind, first.Why, e.name)
				}
				start, end := first.Losses[0], first.Losses[49]
				if !(end < start/4) {
					t.Errorf("the loss went from %g to %g in 50 steps: nothing was learned", start, end)
				}
				again, output, err := child(task{Config: small, Steps: 50}, 2*time.Minute, env...)
				if err != nil {
					t.Fatalf("%v: %s", err, output)
				}
				if !slices.Equal(first.Losses, again.Losses) {
					t.Errorf("two processes, two results: %v and %v", first.Losses, again.Losses)
				}
			})
		}
	}
}

// TestEnginesAgree compares the losses of both engines, which start from the same weights.
func TestEnginesAgree(t *testing.T) {
	home := "CURIOUS_HOME=" + t.TempDir()
	xla, output, err := child(task{Config: small, Steps: 3}, time.Minute, home, "CURIOUS_ENGINE=xla:"+xlaPlugin(t))
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	pure, output, err := child(task{Config: small, Steps: 3}, time.Minute, home, "CURIOUS_ENGINE=go")
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for i := range xla.Losses {
		if d := xla.Losses[i] - pure.Losses[i]; d > 1e-4 || d < -1e-4 {
			t.Errorf("step %d: XLA has %g, pure Go %g", i, xla.Losses[i], pure.Losses[i])
		}
	}
}

func TestUnlimited(t *testing.T) {
	e, err := openGo("a test asks for it", "")
	if err != nil {
		t.Fatal(err)
	}
	// The description is the only public place where the backend says how it was opened.
	if got := e.Backend.Description(); !strings.Contains(got, "parallelism=-1") {
		t.Errorf("the backend is %q: it deadlocks on small machines unless its parallelism is -1", got)
	}
}

func TestString(t *testing.T) {
	pure, err := openGo("XLA is not set up on this machine", remedy)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("engine: pure Go (%s), since XLA is not set up on this machine; three to four times slower than XLA: %s", count(runtime.GOMAXPROCS(0), "core"), remedy)
	if got := pure.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	xla := &Engine{Kind: "xla", Device: "cpu", Plugin: "/some/where/pjrt_c_api_cpu_plugin.so"}
	want = fmt.Sprintf("engine: XLA on cpu (PJRT plugin pjrt_c_api_cpu_plugin.so, %s)", count(runtime.NumCPU(), "core"))
	if got := xla.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestGFLOPS(t *testing.T) {
	e, err := openGo("a test asks for it", "")
	if err != nil {
		t.Fatal(err)
	}
	if rate, err := e.GFLOPS(256); err != nil || rate < 0.1 || rate > 1e6 {
		t.Errorf("GFLOPS(256) = %g, %v: no machine is like that", rate, err)
	}
	for _, n := range []int{-1, 0, 1 << 20} {
		if _, err := e.GFLOPS(n); err == nil {
			t.Errorf("GFLOPS(%d) was measured", n)
		}
	}
	if _, err := new(Engine).GFLOPS(8); err == nil {
		t.Error("a product was measured on no engine")
	}
}
