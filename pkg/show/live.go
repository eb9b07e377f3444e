package show

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Live is one place in a cell's output whose content is replaced while the cell runs: a loss curve that grows, a progress line.
//
//	live := show.NewLive()
//	defer live.Close()
//	for step := range steps {
//		…
//		if live.Due() {
//			live.Update(curve())
//		}
//	}
//
// Updates come at most four times a second, fewer when drawing is slow, and the last always appears, at the latest with [Live.Close].
// Outside of a notebook a Live does nothing. Its methods may be called from several goroutines.
type Live struct {
	mu     sync.Mutex
	id     string
	next   time.Time
	wait   func() (*protocol.DisplayData, error) // what is held back
	last   Figure                                // what Close shows in its interactive form
	closed bool
	now    func() time.Time
	send   func(*protocol.DisplayData) error // nil outside of a notebook
}

const (
	liveEvery = 250 * time.Millisecond
	liveShare = 12 // Drawing may take one part in so many of the time, since the machine is busy with something else.
)

// NewLive makes a place that appears with its first update.
func NewLive() *Live {
	l := &Live{id: "curious-" + rand.Text(), now: time.Now} // A new id for each process: Jupyter would show an update to an old id in an old cell.
	if gonbui.IsNotebook {
		l.send = func(d *protocol.DisplayData) error {
			printed()
			gonbui.SendData(d)
			return notebookError()
		}
	}
	return l
}

// Due says whether an update now would be shown at once; figures that are costly to make can be left unmade when not.
func (l *Live) Due() bool {
	if l.send == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed && !l.now().Before(l.next)
}

// Update shows a figure, now or, if the last update was a moment ago, later. It must not be changed afterwards.
func (l *Live) Update(fig Figure) error {
	return l.update(fig, func() (*protocol.DisplayData, error) { return bundle(fig, false) })
}

// Markdown shows a text, as Update does.
func (l *Live) Markdown(text string) error {
	return l.update(nil, func() (*protocol.DisplayData, error) {
		return &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextMarkdown: text, protocol.MIMETextPlain: text}}, nil
	})
}

// HTML shows HTML, as Update does; plain is the same in plain text.
func (l *Live) HTML(html, plain string) error {
	return l.update(nil, func() (*protocol.DisplayData, error) {
		return &protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: html, protocol.MIMETextPlain: plain}}, nil
	})
}

func (l *Live) update(fig Figure, draw func() (*protocol.DisplayData, error)) error {
	if l.send == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.wait, l.last = draw, fig
	if l.now().Before(l.next) {
		return nil
	}
	return l.flush()
}

// Flush shows an update that is held back.
func (l *Live) Flush() error {
	if l.send == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flush()
}

func (l *Live) flush() error {
	if l.wait == nil {
		return nil
	}
	start := l.now()
	d, err := l.wait()
	l.wait = nil
	if err != nil {
		return err
	}
	d.DisplayID = l.id
	err = l.send(d)
	end := l.now()
	l.next = end.Add(max(liveEvery, liveShare*end.Sub(start)))
	return err
}

// Close shows the last update for good, a figure with its interactive form, and ignores further ones.
func (l *Live) Close() error {
	if l.send == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if fig := l.last; fig != nil {
		l.wait = func() (*protocol.DisplayData, error) { return bundle(fig, true) }
	}
	if err := l.flush(); err != nil {
		return err
	}
	return settle()
}
