// Package history keeps what was typed into the cells of all Go kernels of one user, in a file that outlives them, and answers Jupyter's history requests.
//
// The file holds one JSON object on each line: an entry, or the start of a session. It is only ever appended to, under a lock that all kernels share, so that
// a kernel killed in the middle of a line spoils that line alone. When it has grown too long, the newest entries are written to a new file in its place.
package history

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// Entry is one executed cell.
type Entry struct {
	Session int    `json:"session"`
	Line    int    `json:"line"` // the cell's execution count
	Source  string `json:"source"`
}

// record is a line of the file; a session's start has no source.
type record struct {
	Session int     `json:"session"`
	Line    int     `json:"line,omitempty"`
	Source  *string `json:"source,omitempty"`
}

// limits bound the entries and the bytes of the file, which past them is cut down to three quarters, and the bytes of a cell.
type limits struct{ count, bytes, source int }

var usual = limits{count: 20_000, bytes: 16 << 20, source: 256 << 10}

const (
	fileName = "history.jsonl"
	lockName = "history.lock"
	// patience is how long another kernel may hold the lock; what is not written by then is written with the next entry.
	patience = time.Second
	// unwrittenKept is how many entries wait for a disk that cannot be written.
	unwrittenKept = 100
	// highest is the last session number that JSON's readers agree on; a higher one is damage.
	highest = 1<<53 - 1
)

// History is the history as one kernel sees it. Its methods may be called concurrently.
type History struct {
	dir string
	limits

	mu        sync.Mutex
	session   int
	started   bool     // the file knows of the session
	unwritten []record // what the file does not hold yet; their session is this one
}

// Open begins a session in the history that lies in dir, which is made if need be. The History is never nil: with an error it can be used all the same,
// and remembers in memory what it cannot write.
func Open(dir string) (*History, error) { return open(dir, usual) }

func open(dir string, l limits) (*History, error) {
	h := &History{dir: dir, limits: l}
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.write()
	if h.session == 0 {
		_, last := survey(h.text())
		h.session = last + 1
	}
	return h, err
}

// Session is this kernel's session number. It may change once, when a history that could not be written becomes writable.
func (h *History) Session() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.session
}

// Add appends a cell. An error means that it is not on disk; it is in this kernel's history all the same, and the next Add tries again.
func (h *History) Add(line int, source string) error {
	if len(source) > h.source {
		return fmt.Errorf("history: keeping cell %d: %d bytes are too long to keep: the limit is %d", line, len(source), h.source)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unwritten = append(h.unwritten, record{Line: line, Source: &source})
	if len(h.unwritten) > unwrittenKept {
		h.unwritten = slices.Delete(h.unwritten, 0, len(h.unwritten)-unwrittenKept)
	}
	return h.write()
}

// Tail returns the last n entries, oldest first; this session's come last, after those of kernels that started later.
func (h *History) Tail(n int) []Entry {
	return last(h.entries(), max(n, 0))
}

// Range returns the entries of one session from line start up to, not including, line stop. Session 0 is this one and a negative one is counted back from it.
// A stop of 0 means to the end; a negative start or stop is counted from the end.
func (h *History) Range(session, start, stop int) []Entry {
	all := h.entries()
	if session <= 0 {
		session += h.Session()
	}
	var found []Entry
	end := 0
	for _, e := range all {
		if e.Session == session {
			found = append(found, e)
			end = max(end, e.Line+1)
		}
	}
	if start < 0 {
		start += end
	}
	if stop <= 0 {
		stop += end
	}
	return slices.DeleteFunc(found, func(e Entry) bool { return e.Line < start || e.Line >= stop })
}

// Search returns the last n entries whose whole source matches a pattern, oldest first, or all of them when n is not positive. In the pattern * stands for any
// text, ? for one character, [ab], [a-z] and [!a] for one of a set. With unique, of equal sources only the newest is returned.
func (h *History) Search(pattern string, n int, unique bool) []Entry {
	g := compile(pattern)
	found := slices.DeleteFunc(h.entries(), func(e Entry) bool { return !g.match(e.Source) })
	if unique {
		seen := map[string]bool{}
		slices.Reverse(found)
		found = slices.DeleteFunc(found, func(e Entry) bool {
			again := seen[e.Source]
			seen[e.Source] = true
			return again
		})
		slices.Reverse(found)
	}
	if n <= 0 {
		return found
	}
	return last(found, n)
}

func last(entries []Entry, n int) []Entry { return entries[max(0, len(entries)-n):] }

// entries are all entries in order: by session, this one last, and in a session by line.
func (h *History) entries() []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := parse(h.text())
	for _, r := range h.unwritten {
		all = append(all, Entry{h.session, r.Line, *r.Source})
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		if own := (a.Session == h.session); own != (b.Session == h.session) {
			if own {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Line, b.Line))
	})
	return all
}

// text is what the file holds; a file that cannot be read is an empty one.
func (h *History) text() []byte {
	f, err := os.Open(filepath.Join(h.dir, fileName))
	if err != nil {
		return nil
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, int64(4*h.bytes))) // more is not a file that this package wrote
	return text
}

// survey counts the lines of a file and finds the highest session, without reading the rest of the lines: a kernel waits for it when it starts.
func survey(text []byte) (lines, last int) {
	for line := range bytes.Lines(text) {
		lines++
		last = max(last, sessionOf(line))
	}
	return lines, last
}

// start is how each line starts, and the number of the session goes on.
var start = []byte(`{"session":`)

// sessionOf is the session that a line says, 0 when it is none that this package wrote.
func sessionOf(line []byte) int {
	rest, ok := bytes.CutPrefix(line, start)
	if !ok {
		return 0
	}
	digits := 0
	for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
		digits++
	}
	if n, err := strconv.Atoi(string(rest[:digits])); err == nil && n < highest {
		return n
	}
	return 0
}

// parse reads the entries in a file, in the order in which they were written; what is not whole is passed over.
func parse(text []byte) (entries []Entry) {
	for line := range bytes.Lines(text) {
		session := sessionOf(line)
		var r record
		if session > 0 && json.Unmarshal(line, &r) == nil && r.Source != nil {
			entries = append(entries, Entry{session, r.Line, *r.Source})
		}
	}
	return entries
}

// write begins the session if the file does not know of it yet, and appends what is not written.
func (h *History) write() error {
	failed := func(err error) error {
		return fmt.Errorf("history: writing to %s: %w: make room there, or make it writable", h.dir, err)
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return failed(err)
	}
	lock := flock.New(filepath.Join(h.dir, lockName), flock.SetPermissions(0o600))
	defer lock.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return failed(fmt.Errorf("locking it: %w", err))
	}
	if !h.started {
		if err := h.begin(); err != nil {
			return failed(err)
		}
	}
	if err := h.append(h.unwritten); err != nil {
		return failed(err)
	}
	h.unwritten = nil
	return nil
}

// begin takes the next session number, and cuts down a file that has grown too long. The lock is held.
func (h *History) begin() error {
	text := h.text()
	lines, last := survey(text)
	if lines > h.count {
		if err := h.compact(text); err != nil {
			return err
		}
	}
	if err := h.append([]record{{Session: last + 1}}); err != nil {
		return err
	}
	h.session, h.started = last+1, true
	return nil
}

// append writes records at the end of the file, all or none. The lock is held.
func (h *History) append(records []record) error {
	if len(records) == 0 {
		return nil
	}
	file := filepath.Join(h.dir, fileName)
	if info, err := os.Stat(file); err == nil && info.Size() > int64(h.bytes) {
		if err := h.compact(h.text()); err != nil {
			return err
		}
	}
	// Opened each time, since another kernel may have put a shorter file in the place of this one.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var text []byte
	if end := make([]byte, 1); info.Size() > 0 {
		if _, err := f.ReadAt(end, info.Size()-1); err != nil {
			return err
		}
		if end[0] != '\n' {
			text = append(text, '\n') // a kernel was killed in the middle of the line
		}
	}
	for _, r := range records {
		if r.Session == 0 {
			r.Session = h.session
		}
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Truncate(info.Size()))
	}
	return nil
}

// compact puts a file with the newest entries of a text in the place of the file. The lock is held.
func (h *History) compact(text []byte) error {
	entries := parse(text)
	_, last := survey(text)
	var lines [][]byte
	for size := 0; len(lines) < min(len(entries), h.count*3/4) && size < h.bytes*3/4; size += len(lines[len(lines)-1]) + 1 {
		line, err := json.Marshal(entries[len(entries)-1-len(lines)])
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	first, err := json.Marshal(record{Session: last}) // so that no number is given out twice
	if err != nil {
		return err
	}
	lines = append(lines, first)
	slices.Reverse(lines)
	return renameio.WriteFile(filepath.Join(h.dir, fileName), append(bytes.Join(lines, []byte("\n")), '\n'), 0o600)
}
