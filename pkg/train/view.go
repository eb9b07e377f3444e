package train

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// view is what the reader sees of a training: a progress line, and a live curve in a notebook.
type view interface {
	note(text string)
	metric(m Metric)
	end(err error)
}

func newView(t *Task, engineLine string) view {
	p := progress{task: t, began: time.Now()}
	fmt.Fprintf(os.Stderr, "%s: %s · seed %d\n", t.Title(), engineLine, t.Seed)
	return &terminalView{progress: p, rewrite: term.IsTerminal(int(os.Stderr.Fd()))}
}

// progress keeps what both views tell.
type progress struct {
	task    *Task
	last    Metric
	valid   *Metric
	smooth  float64 // running mean of the loss
	began   time.Time
	first   int // step at which this sitting began
	started bool
}

func (p *progress) see(m Metric) {
	if m.Valid {
		p.valid = &m
		return
	}
	p.last = m
	if p.smooth == 0 {
		p.smooth = m.Loss
	}
	p.smooth += (m.Loss - p.smooth) * 0.05
}

// begin marks the first step of this sitting, so that the rate is of steps taken now.
func (p *progress) begin() {
	if !p.started {
		p.started, p.first, p.began = true, p.last.Step, time.Now()
	}
}

// line is step, loss, rate and time left.
func (p *progress) line() string {
	t := p.task
	parts := []string{fmt.Sprintf("step %d of %d", p.last.Step, t.Steps), fmt.Sprintf("%.2f %s", p.smooth, t.Unit)}
	if p.valid != nil {
		parts = append(parts, fmt.Sprintf("validation %.2f at step %d", p.valid.Loss, p.valid.Step))
	}
	taken, spent := p.last.Step-p.first, time.Since(p.began)
	if taken > 0 {
		each := spent / time.Duration(taken)
		left := each * time.Duration(t.Steps-p.last.Step)
		parts = append(parts, fmt.Sprintf("%.3g steps/s", 1/each.Seconds()))
		if left > 0 {
			parts = append(parts, short(left)+" left")
		} else {
			parts = append(parts, short(time.Duration(p.last.Seconds*float64(time.Second)))+" in all")
		}
	}
	return strings.Join(parts, " · ")
}

// bar is a line of 24 blocks, filled as far as the training is.
func (p *progress) bar() string {
	const width = 24
	full := width * p.last.Step / p.task.Steps
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

func short(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	if d < time.Hour {
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// terminalView rewrites one line in place; where there is no terminal it writes a line every ten seconds.
type terminalView struct {
	progress
	rewrite bool
	drawn   time.Time
}

func (v *terminalView) note(text string) { fmt.Fprintf(os.Stderr, "%s: %s\n", v.task.Title(), text) }

func (v *terminalView) metric(m Metric) {
	v.see(m)
	pause := 10 * time.Second
	if v.rewrite {
		pause = 200 * time.Millisecond
	}
	if m.Seconds > 0 && time.Since(v.drawn) > pause {
		v.begin()
		v.draw()
	}
}

func (v *terminalView) draw() {
	v.drawn = time.Now()
	if v.rewrite {
		fmt.Fprintf(os.Stderr, "\r\x1b[K%s %s", v.bar(), v.line())
	} else {
		fmt.Fprintf(os.Stderr, "%s: %s\n", v.task.Title(), v.line())
	}
}

func (v *terminalView) end(error) {
	if v.last.Step == 0 {
		return
	}
	v.draw()
	if v.rewrite {
		fmt.Fprintln(os.Stderr)
	}
}
