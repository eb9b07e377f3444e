package front

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/wire"
)

// executeRequest is the content of an execute_request.
type executeRequest struct {
	Code         string            `json:"code"`
	Silent       bool              `json:"silent"`
	StoreHistory *bool             `json:"store_history"`
	Expressions  map[string]string `json:"user_expressions"`
	AllowStdin   *bool             `json:"allow_stdin"`
	StopOnError  *bool             `json:"stop_on_error"`
}

// or is what a field says, or what the protocol says for one that is missing.
func or(field *bool, missing bool) bool {
	if field == nil {
		return missing
	}
	return *field
}

// enqueue puts an execute_request behind the others, unless an error was answered after it had been sent: then it is aborted like those that were waiting.
func (f *Front) enqueue(s *wire.Socket, m *wire.Message) {
	ex := &execution{front: f, socket: s, request: m, done: make(chan struct{})}
	if err := read(m, &ex.content); err != nil {
		f.log.Print(err)
		f.during(m, func() { f.reply(s, m, "execute_reply", errorContent("ProtocolError", err.Error(), nil)) })
		return
	}
	ex.silent = ex.content.Silent
	ex.stores = or(ex.content.StoreHistory, !ex.silent) && !ex.silent
	ex.cellID = cellID(m)
	f.mu.Lock()
	late := !f.failed.IsZero() && time.Since(f.failed) < time.Second && sentBefore(m, f.failed)
	if !late {
		f.queue = append(f.queue, ex)
		f.kept.queued(ex)
	}
	f.mu.Unlock()
	if late {
		ex.abort()
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// sentBefore tells whether a message was sent before a moment, by its own date.
func sentBefore(m *wire.Message, t time.Time) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999"} {
		if sent, err := time.Parse(layout, m.Header.Date); err == nil {
			return sent.Add(time.Millisecond).Before(t) // browsers give milliseconds, cut off
		}
	}
	return false
}

// execute is the loop that runs one cell after the other. GoNB is started here, so that the first cell waits for it and nothing else does.
func (f *Front) execute(ctx context.Context) {
	starts := 0
	start := func() bool {
		g, err := f.startGonb(ctx, starts)
		starts++
		if err != nil && ctx.Err() == nil {
			f.log.Print(err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.gonb, f.broken = g, err
		return err == nil
	}
	start()
	f.announce("idle")
	for ctx.Err() == nil {
		f.mu.Lock()
		g := f.gonb
		var ex *execution
		if len(f.queue) > 0 {
			ex, f.queue = f.queue[0], f.queue[1:]
			f.running = ex
		}
		f.mu.Unlock()
		if ex == nil {
			var gone chan struct{}
			if g != nil {
				gone = g.gone
			}
			select {
			case <-f.wake:
			case <-ctx.Done():
			case <-gone: // it died while nothing ran
				if ctx.Err() == nil {
					f.revive(ctx, start)
				}
			}
			continue
		}
		if g == nil {
			f.revive(ctx, start)
		}
		ex.run(ctx)
		f.mu.Lock()
		g = f.gonb
		f.mu.Unlock()
		if g != nil && ctx.Err() == nil {
			select {
			case <-g.gone:
				f.revive(ctx, start)
			default:
			}
		}
	}
	f.end()
}

// revive starts GoNB again after it died, gives it the definitions of the cells that ran, and sees to it that the reader is told.
func (f *Front) revive(ctx context.Context, start func() bool) {
	f.mu.Lock()
	dead := f.gonb
	f.gonb = nil
	f.mu.Unlock()
	if dead != nil {
		dead.End(0)
		f.log.Print("GoNB ended by itself; it is started again")
	}
	if !start() {
		return
	}
	f.mu.Lock()
	g, before := f.gonb, f.running
	live, n := liveText(f.memory, func(cell.Definition) string { return "" })
	text := strings.Join(f.settings, "\n") + "\n"
	if c, err := cell.Split(live); err == nil && n > 0 {
		text += c.Gonb()
	}
	again := &execution{front: f}
	again.restoring.Store(true)
	f.running = again
	if dead != nil {
		f.news = fmt.Sprintf("The process that runs cells (GoNB) had ended unexpectedly. It was started again, with the %d definitions of the cells that ran.\n", n)
	}
	f.mu.Unlock()
	if strings.TrimSpace(text) != "" {
		in, err := g.send(nil, nil, "execute_request", executeContent(text, false))
		if err == nil {
			select {
			case <-in.reply:
			case <-g.gone:
			case <-ctx.Done():
			}
			g.forget(in)
		}
	}
	f.mu.Lock()
	f.running = before
	f.mu.Unlock()
}

// failAll takes everything that waits out of the queue, because a cell before it failed or was interrupted; what was sent until now and has not been read yet
// is aborted when it is read.
func (f *Front) failAll() (waiting []*execution) {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting, f.queue = f.queue, nil
	f.failed = time.Now()
	return waiting
}

// abort answers an execution that will not take place.
func (ex *execution) abort() {
	f := ex.front
	f.during(ex.request, func() {
		f.reply(ex.socket, ex.request, "execute_reply", object{"status": "aborted"}) // with a count, JupyterLab would show the cell as run
	})
	f.kept.aborted(ex)
	close(ex.done)
}

func (f *Front) counted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// Interrupt stops what runs: a build at once, a program and a command by SIGINT, to them and all they started; a second interrupt of the same cell kills.
// Nothing is said to GoNB, which would kill a program that is still saving its work.
func (f *Front) Interrupt() {
	f.mu.Lock()
	ex, g := f.running, f.gonb
	f.mu.Unlock()
	if ex == nil || ex.restoring.Load() {
		return
	}
	sig := syscall.SIGINT
	if ex.interrupted() > 1 {
		sig = syscall.SIGKILL
	}
	if g != nil {
		g.Interrupt(sig, ex.olderThan())
	}
}

// end is the end of the kernel: a running cell gets time to save, then nothing is left.
func (f *Front) end() {
	f.mu.Lock()
	g, waiting := f.gonb, f.queue
	f.queue = nil
	f.mu.Unlock()
	for _, ex := range waiting {
		ex.abort()
	}
	if g != nil {
		g.End(f.Grace + 5*time.Second)
	}
	_ = os.RemoveAll(f.scratch)
}
