package train

import (
	"fmt"
	"html"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"golang.org/x/term"

	"github.com/curious-go/curious/pkg/show"
)

// view is what the reader sees of a training: a progress line, and a live curve in a notebook.
type view interface {
	note(text string)      // a line that stays
	wait(text string)      // a line until the first step
	past(history []Metric) // of earlier sittings
	metric(m Metric)
	end()
}

func newView(t *Task, engineLine string) view {
	p := progress{task: t}
	if gonbui.IsNotebook {
		v := &notebookView{progress: p, text: show.NewLive(), picture: show.NewLive()}
		v.note(fmt.Sprintf("%s · seed %d", engineLine, t.Seed))
		return v
	}
	v := &terminalView{progress: p, out: os.Stderr, rewrite: term.IsTerminal(int(os.Stderr.Fd())), now: time.Now}
	v.note(fmt.Sprintf("%s · seed %d", engineLine, t.Seed))
	return v
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
	if p.started && taken > 0 {
		each := max(spent/time.Duration(taken), 1)
		parts = append(parts, fmt.Sprintf("%.3g steps/s", 1/each.Seconds()))
		if left := each * time.Duration(t.Steps-p.last.Step); left > 0 {
			parts = append(parts, short(left)+" left")
		}
	}
	if p.last.Step >= t.Steps {
		parts = append(parts, short(time.Duration(p.last.Seconds*float64(time.Second)))+" in all")
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
	out     io.Writer
	rewrite bool
	drawn   time.Time
	now     func() time.Time
}

const clearLine = "\r\x1b[K"

func (v *terminalView) note(text string) {
	if v.rewrite {
		fmt.Fprint(v.out, clearLine)
	}
	fmt.Fprintf(v.out, "%s: %s\n", v.task.Title(), text)
}

func (v *terminalView) wait(text string) {
	if v.rewrite {
		fmt.Fprint(v.out, clearLine+text)
		return
	}
	v.note(text)
}

func (v *terminalView) past(history []Metric) {
	for _, m := range history {
		v.see(m)
	}
}

func (v *terminalView) metric(m Metric) {
	v.see(m)
	v.begin()
	pause := 10 * time.Second
	if v.rewrite {
		pause = 200 * time.Millisecond
	}
	if v.now().Sub(v.drawn) >= pause {
		v.draw()
	}
}

func (v *terminalView) draw() {
	v.drawn = v.now()
	if v.rewrite {
		fmt.Fprintf(v.out, "%s%s %s", clearLine, v.bar(), v.line())
	} else {
		fmt.Fprintf(v.out, "%s: %s\n", v.task.Title(), v.line())
	}
}

func (v *terminalView) end() {
	if v.last.Step > 0 {
		v.draw()
	}
	if v.rewrite {
		fmt.Fprintln(v.out)
	}
}

// notebookView updates two displays in place: the line, and the learning curve under it.
type notebookView struct {
	progress
	text, picture *show.Live
	curve, valids show.Series
}

func (v *notebookView) note(text string) { fmt.Println(text) }

func (v *notebookView) wait(text string) { v.text.HTML(html.EscapeString(text), text) }

func (v *notebookView) past(history []Metric) {
	for _, m := range history {
		v.add(m)
	}
}

func (v *notebookView) metric(m Metric) {
	v.add(m)
	v.begin()
	if v.text.Due() {
		v.draw()
	}
}

func (v *notebookView) add(m Metric) {
	v.see(m)
	if m.Valid {
		v.valids.X, v.valids.Y = append(v.valids.X, float64(m.Step)), append(v.valids.Y, m.Loss)
	} else {
		v.curve.X, v.curve.Y = append(v.curve.X, float64(m.Step)), append(v.curve.Y, v.smooth)
	}
}

func (v *notebookView) draw() {
	v.drawLine()
	if v.picture.Due() && v.last.Step > v.task.Steps/50 {
		v.picture.Update(v.figure())
	}
}

// figure is the learning curve without its first moments, whose fall from the uniform code would flatten all the rest.
func (v *notebookView) figure() show.Curves {
	from := float64(v.last.Step) / 25
	fig := show.Curves{XLabel: "step", YLabel: v.task.Unit}
	train := thin(v.curve, from, 300)
	train.Name = "training, smoothed"
	fig.Series = append(fig.Series, train)
	if valid := thin(v.valids, from, 300); len(valid.X) > 0 {
		valid.Name = "validation"
		fig.Series = append(fig.Series, valid)
	}
	for _, line := range v.task.Lines {
		fig.Levels = append(fig.Levels, show.Level{Name: line.Name, Value: line.Value})
	}
	return fig
}

// thin keeps at most so many points from x = from on.
func thin(s show.Series, from float64, most int) show.Series {
	first := sort.SearchFloat64s(s.X, from)
	every := (len(s.X)-first)/most + 1
	var out show.Series
	for i := first; i < len(s.X); i += every {
		out.X, out.Y = append(out.X, s.X[i]), append(out.Y, s.Y[i])
	}
	return out
}

func (v *notebookView) drawLine() {
	line := v.line()
	v.text.HTML(fmt.Sprintf("<code>%s</code> %s", v.bar(), html.EscapeString(line)), v.bar()+" "+line)
}

func (v *notebookView) end() {
	if v.last.Step > 0 {
		v.drawLine()
		v.picture.Update(v.figure())
	}
	v.text.Close()
	v.picture.Close()
}
