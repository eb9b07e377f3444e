package train

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/pkg/show"
)

func watched(rewrite bool) (v *terminalView, out *strings.Builder, clock *time.Time) {
	out, clock = &strings.Builder{}, new(time.Time)
	*clock = time.Unix(1000, 0)
	task := &Task{Name: "m", Preset: "quick", Steps: 1000, Unit: "nats/image"}
	v = &terminalView{progress: progress{task: task}, out: out, rewrite: rewrite, now: func() time.Time { return *clock }}
	return v, out, clock
}

// Where there is no terminal, such as in a log file, a step of 100 ms gives a line every ten seconds.
func TestLogView(t *testing.T) {
	v, out, clock := watched(false)
	v.note("engine: x · seed 1")
	v.wait("compiling")
	for step := 1; step <= 1000; step++ {
		*clock = clock.Add(100 * time.Millisecond)
		v.metric(Metric{Step: step, Loss: 10, Seconds: float64(step) / 10})
	}
	v.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+10+1 { // two notes, a line each ten of 100 seconds, the last
		t.Errorf("%d lines:\n%s", len(lines), out)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("control characters in a log")
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, "step 1000 of 1000 · 10.00 nats/image") || !strings.HasSuffix(last, "1 min 40 s in all") {
		t.Error(last)
	}
}

// On a terminal one line is rewritten, five times a second.
func TestTerminalView(t *testing.T) {
	v, out, clock := watched(true)
	v.note("engine: x · seed 1")
	v.wait("compiling")
	for step := 1; step <= 100; step++ {
		*clock = clock.Add(100 * time.Millisecond)
		v.metric(Metric{Step: step, Loss: 10})
	}
	v.end()
	if n := strings.Count(out.String(), "\n"); n != 2 { // after the note and at the end
		t.Errorf("%d lines: %q", n, out)
	}
	if n := strings.Count(out.String(), "step "); n < 45 || n > 55 { // 10 s
		t.Errorf("drawn %d times", n)
	}
}

// Earlier sittings count neither for the rate nor for the time left.
func TestRateIsOfThisSitting(t *testing.T) {
	v, out, _ := watched(false)
	v.past([]Metric{{Step: 800, Loss: 5, Seconds: 80}})
	if out.Len() > 0 {
		t.Errorf("history is drawn: %s", out)
	}
	v.metric(Metric{Step: 801, Loss: 5})
	if v.first != 801 {
		t.Errorf("this sitting began at step %d", v.first)
	}
	v.began = time.Now().Add(-10 * time.Second)
	v.see(Metric{Step: 811, Loss: 5})
	if line := v.line(); !strings.Contains(line, " 1 steps/s") || !strings.Contains(line, "3 min 0") { // 10 steps in 10 s, 189 to go
		t.Error(line)
	}
}

func TestFigure(t *testing.T) {
	task := &Task{Name: "m", Preset: "quick", Steps: 5000, Unit: "nats/image", Lines: []Line{{"table", 97.24}}}
	v := &notebookView{progress: progress{task: task}, text: show.NewLive(), picture: show.NewLive()}
	for step := 1; step <= 5000; step++ {
		v.metric(Metric{Step: step, Loss: 90 + 400*math.Exp(-float64(step)/50)})
		if step%500 == 0 {
			v.metric(Metric{Step: step, Loss: 95, Valid: true})
		}
	}
	v.end()
	fig := v.figure()
	if len(fig.Series) != 2 || len(fig.Levels) != 1 || fig.Levels[0].Value != 97.24 || fig.YLabel != "nats/image" {
		t.Fatalf("%+v", fig)
	}
	train, valid := fig.Series[0], fig.Series[1]
	if n := len(train.X); n < 150 || n > 300 || train.X[0] < 200 || train.Y[0] > 110 { // a 25th is left out, with the steep fall
		t.Errorf("%d points from step %g at %g", n, train.X[0], train.Y[0])
	}
	if last := train.X[len(train.X)-1]; last < 4960 {
		t.Errorf("the curve ends at step %g", last)
	}
	if len(valid.X) != 10 || valid.Y[9] != 95 {
		t.Errorf("%+v", valid)
	}
	if empty := (&notebookView{progress: progress{task: task}}).figure(); len(empty.Series) != 1 {
		t.Error(empty)
	}
}

func TestRate(t *testing.T) {
	r := Rate{Peak: 1, Final: 0.1, Warmup: 10}
	for step, want := range map[int]float64{0: 0.1, 9: 1, 10: 1, 60: 0.55, 110: 0.1, 200: 0.1} { // half way down the cosine: (1+0.1)/2
		if got := r.At(step, 110); math.Abs(got-want) > 1e-12 {
			t.Errorf("rate at step %d is %g, want %g", step, got, want)
		}
	}
	if got := (Rate{Peak: 2}).At(77, 100); got != 2 {
		t.Errorf("a constant rate is %g", got)
	}
}

func TestCulprit(t *testing.T) {
	err := func() (err error) {
		defer caught(&err)
		defer locate()
		panic("here")
	}()
	if where := (*located)(nil); !errors.As(err, &where) || where.at != "" || err.Error() != "here" { // this package's own lines are not the model's
		t.Errorf("%v", err)
	}
}
