package trouble

import (
	"bytes"
	"io"
	"sync"
)

const (
	longestLine = 64 << 10  // A line that is longer is taken for several.
	dumpSide    = 256 << 10 // kept of a long dump at its beginning, and as much at its end
)

// Filter stands on a program's stderr. It passes on what is written, but holds back what may be the program's last words: the dump of a panic, which Panic turns
// into a report. What turns out to be none of a dump is passed on after all, whole and in order. It may be used from several goroutines.
type Filter struct {
	mu      sync.Mutex
	out     io.Writer
	err     error  // of out
	pending []byte // for out: what one call passes on is written at once
	tracker tracker

	dump []byte // whole lines since a dump may have begun
	sent int    // of dump
	part []byte // the line whose end has not come
	gone int    // of part
}

// NewFilter passes on to out.
func NewFilter(out io.Writer) *Filter {
	return &Filter{out: out}
}

// Write takes a piece of stderr. An error is that of the writer behind.
func (f *Filter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if f.tracker.state == ordinary {
			end = bytes.IndexAny(rest, "\r\n") + 1 // Lines of progress end in \r, and a dump may follow.
		}
		piece := rest
		if end > 0 {
			piece = rest[:end]
		}
		piece = piece[:min(len(piece), longestLine)]
		f.part = append(f.part, piece...)
		rest = rest[len(piece):]
		if end > 0 && len(piece) == end || len(f.part) >= longestLine {
			f.line()
		}
	}
	if f.tracker.state == ordinary && len(f.part) > 0 {
		hold := len(f.part)
		if at := opening(string(f.part)); at >= 0 {
			hold = at
		} else if opens(string(f.part)) {
			hold = 0
		}
		f.gone = f.pass(f.part, f.gone, hold)
	}
	return len(p), f.write()
}

// line takes part as a whole line.
func (f *Filter) line() {
	line, gone := f.part, f.gone
	f.part, f.gone = f.part[:0], 0 // Whoever keeps of the line copies it.
	switch v, at := f.tracker.next(string(bytes.TrimRight(line, "\r\n"))); v {
	case outside:
		f.release()
		f.pass(line, gone, len(line))
	case begins:
		f.release()
		gone = f.pass(line, gone, at)
		f.dump, f.sent = bytes.Clone(line[at:]), max(gone-at, 0)
	case inside:
		if f.sent == len(f.dump) {
			f.sent += gone
		}
		f.dump = append(f.dump, line...)
		if f.tracker.state == message && f.tracker.strays > 0 {
			f.sent = f.pass(f.dump, f.sent, len(f.dump)) // Hardly a dump; should one follow, the message is still known.
		}
		f.cut()
	}
}

// cut keeps a long dump bounded: the middle is left out, as the runtime does itself with deep stacks.
func (f *Filter) cut() {
	if len(f.dump) < 4*dumpSide {
		return
	}
	f.sent = min(f.sent, dumpSide)
	head := f.dump[:bytes.LastIndexByte(f.dump[:dumpSide], '\n')+1]
	tail := f.dump[len(f.dump)-dumpSide:]
	tail = tail[bytes.IndexByte(tail, '\n')+1:]
	f.dump = bytes.Join([][]byte{head, tail}, []byte("...additional frames elided...\n"))
	f.sent = min(f.sent, len(head))
}

// Flush passes on what is held back without being known for a dump. It is meant for when nothing came for a tenth of a second: the runtime writes its last words
// without pausing. What was passed on remains the beginning of a dump, should one follow.
func (f *Filter) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tracker.state == stack {
		if f.tracker.strays == 0 {
			return f.err
		}
		f.tracker = tracker{}
		f.release()
	}
	f.sent = f.pass(f.dump, f.sent, len(f.dump))
	f.gone = f.pass(f.part, f.gone, len(f.part))
	return f.write()
}

// Dump is what Panic should read once the program has failed: the last words held back, or "". They are not passed on.
func (f *Filter) Dump() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(f.part) == 0:
	case f.tracker.state >= message: // Cut short: nobody knows what the line would have been.
		return string(f.dump) + string(f.part)
	default:
		f.line()
		_ = f.write() // Release tells the error.
	}
	return string(f.dump)
}

// Release passes on all that is held back: the program ended well, and only spoke like one that does not.
func (f *Filter) Release() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
	f.pass(f.part, f.gone, len(f.part))
	f.part, f.gone, f.tracker = nil, 0, tracker{}
	return f.write()
}

// release passes on the dump and forgets it.
func (f *Filter) release() {
	f.pass(f.dump, f.sent, len(f.dump))
	f.dump, f.sent = nil, 0
}

// pass passes text on from its byte from up to its byte to, if that is further, and returns how far it is passed on now.
func (f *Filter) pass(text []byte, from, to int) int {
	if from >= to {
		return from
	}
	f.pending = append(f.pending, text[from:to]...)
	return to
}

// write gives out what was passed on. After an error nothing more is written.
func (f *Filter) write() error {
	if len(f.pending) > 0 && f.err == nil {
		_, f.err = f.out.Write(f.pending)
	}
	f.pending = f.pending[:0]
	return f.err
}
