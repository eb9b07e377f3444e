package kernels

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress shows what set-up does: on a terminal one line that changes in place, elsewhere a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
}

func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// line is one step under way.
type line struct {
	p     *progress
	name  string
	start time.Time

	mu      sync.Mutex
	note    string
	said    time.Time
	stopped chan struct{}
	ticking sync.WaitGroup
}

// quietFor is how long a step may go on elsewhere than on a terminal before it says how far it is.
const quietFor = 10 * time.Second

func (p *progress) step(name string) *line {
	l := &line{p: p, name: name, start: time.Now(), said: time.Now(), stopped: make(chan struct{})}
	if !p.terminal {
		fmt.Fprintf(p.out, "  %s …\n", name)
		l.ticking.Go(func() { l.tick(quietFor) })
	} else {
		l.ticking.Go(func() { l.tick(200 * time.Millisecond) })
	}
	return l
}

func (l *line) tick(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-l.stopped:
			return
		case <-t.C:
			l.mu.Lock()
			text := fmt.Sprintf("  %-22s %s  %s", l.name, l.note, seconds(time.Since(l.start)))
			l.mu.Unlock()
			if l.p.terminal {
				fmt.Fprintf(l.p.out, "\r\x1b[2K%s", clip(text, l.p.width()))
			} else {
				fmt.Fprintln(l.p.out, text)
			}
		}
	}
}

func (p *progress) width() int {
	if f, ok := p.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 1 {
			return w - 1
		}
	}
	return 79
}

func clip(s string, width int) string {
	r := []rune(s)
	if len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}

// Note says how far the step is.
func (l *line) Note(format string, args ...any) {
	l.mu.Lock()
	l.note = fmt.Sprintf(format, args...)
	l.mu.Unlock()
}

func (l *line) end(sign, text string) {
	close(l.stopped)
	l.ticking.Wait()
	if l.p.terminal {
		fmt.Fprint(l.p.out, "\r\x1b[2K")
	}
	fmt.Fprintf(l.p.out, "%s %-22s %s  %s\n", sign, l.name, text, seconds(time.Since(l.start)))
}

// Done ends the step well.
func (l *line) Done(format string, args ...any) { l.end("✓", fmt.Sprintf(format, args...)) }

// Fail ends the step; the error itself is printed once, by main.
func (l *line) Fail() { l.end("✗", "did not end well") }

// Warn ends a step that failed and that the rest can do without.
func (l *line) Warn(format string, args ...any) { l.end("!", fmt.Sprintf(format, args...)) }

func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}

// bytesText writes a size as people read it, in powers of ten as disks are sold.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
}
