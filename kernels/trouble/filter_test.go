package trouble

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

// feed writes text in pieces of the given size.
func feed(t *testing.T, f *Filter, text string, size int) {
	t.Helper()
	for len(text) > 0 {
		n := min(size, len(text))
		if _, err := f.Write([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
}

const boom = "panic: boom\n\tmore\n\ngoroutine 1 [running]:\nmain.main()\n\tCell[3]:5 +0x18\nexit status 2\n"

func TestFilter(t *testing.T) {
	goesOn := strings.Repeat("and on it goes\n", patience+1)
	for _, c := range []struct{ name, text, dump string }{
		{"nothing", "", ""},
		{"lines", "one\ntwo\nthree", ""},
		{"a panic", "one\n" + boom, boom},
		{"a panic after a line of progress", "10%\r50%\r" + boom, boom},
		{"no stack", "one\npanic: boom\n", "panic: boom\n"},
		{"cut short", "one\npanic: boom\n\ngoroutine 1 [runn", "panic: boom\n\ngoroutine 1 [runn"},
		{"a panic and then a panic", "panic: not yet\nno\n" + boom, boom},
		{"must", "one\nerror: no file\n", "error: no file\n"},
		{"not must's", "error: no file\none\n", ""},
		{"goes on after a dump", boom + goesOn, ""},
		{"another thread's line within", strings.Replace(boom, "main.main", "a warning\nmain.main", 1), strings.Replace(boom, "main.main", "a warning\nmain.main", 1)},
	} {
		for _, size := range []int{1, 2, 4, 1000} {
			t.Run(fmt.Sprintf("%s/%d", c.name, size), func(t *testing.T) {
				var out bytes.Buffer
				f := NewFilter(&out)
				feed(t, f, c.text, size)
				if got := f.Dump(); got != c.dump {
					t.Errorf("dump %q, want %q", got, c.dump)
				}
				if before := strings.TrimSuffix(c.text, c.dump); out.String() != before {
					t.Errorf("passed on %q, want %q", out.String(), before)
				}
				if err := f.Release(); err != nil {
					t.Fatal(err)
				}
				if out.String() != c.text {
					t.Errorf("in the end passed on %q, want %q", out.String(), c.text)
				}
			})
		}
	}
}

// TestFilterWithinLine has a dump begin where a line of progress has no end yet. The runtime writes "panic: " in one piece.
func TestFilterWithinLine(t *testing.T) {
	var out bytes.Buffer
	f := NewFilter(&out)
	for _, piece := range []string{"\r49%", "\r50%", "panic: ", "boom", "\n", strings.TrimPrefix(boom, "panic: boom\n")} {
		feed(t, f, piece, 1000)
	}
	if got := f.Dump(); got != boom || out.String() != "\r49%\r50%" {
		t.Errorf("dump %q after %q", got, out.String())
	}
}

// TestFilterWritesOnce checks that lines which come together stay together: each write behind may become a message.
func TestFilterWritesOnce(t *testing.T) {
	var writes counter
	f := NewFilter(&writes)
	feed(t, f, strings.Repeat("line\n", 50), 1000)
	if writes != 1 {
		t.Errorf("%d writes", writes)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c++; return len(p), nil }

// TestFilterHoldsLittle checks what is passed on before the line ends, and by Flush.
func TestFilterHoldsLittle(t *testing.T) {
	for _, c := range []struct{ write, out, flushed string }{
		{"progress", "progress", "progress"},
		{"p", "", "p"},
		{"one\npan", "one\n", "one\npan"},
		{"one\npancake", "one\npancake", "one\npancake"},
		{"panic: x\n", "", "panic: x\n"},
		{"error: x\n", "", "error: x\n"},
		{boom, "", ""},
		{boom + "stray\n", "", boom + "stray\n"},
	} {
		var out bytes.Buffer
		f := NewFilter(&out)
		feed(t, f, c.write, 3)
		if out.String() != c.out {
			t.Errorf("%q: passed on %q, want %q", c.write, out.String(), c.out)
		}
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.flushed {
			t.Errorf("%q: passed on after Flush %q, want %q", c.write, out.String(), c.flushed)
		}
	}
}

// TestFilterFlushedTooSoon checks that a dump is known although a slow machine let its beginning be flushed.
func TestFilterFlushedTooSoon(t *testing.T) {
	for cut := range len("one\n" + boom) {
		var out bytes.Buffer
		f := NewFilter(&out)
		feed(t, f, ("one\n" + boom)[:cut], 100)
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		feed(t, f, ("one\n" + boom)[cut:], 100)
		if got := f.Dump(); got != boom {
			t.Errorf("cut at %d: dump %q", cut, got)
		}
		if err := f.Release(); err != nil || out.String() != "one\n"+boom {
			t.Errorf("cut at %d: passed on %q (%v)", cut, out.String(), err)
		}
	}
}

func TestFilterIsBounded(t *testing.T) {
	var out bytes.Buffer
	f := NewFilter(&out)
	head, tail := "panic: boom\n\ngoroutine 1 [running]:\n", "main.main()\n\tCell[3]:5 +0x18\n"
	feed(t, f, head+strings.Repeat("main.f(0x1)\n\tCell[3]:2 +0x18\n", 200_000)+tail, 32<<10)
	if got := f.Dump(); len(got) > 4*dumpSide || !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) {
		t.Errorf("dump of %d bytes: %.60q", len(got), got)
	}
	if out.Len() > 0 {
		t.Errorf("%d bytes passed on", out.Len())
	}
	report, _, ok := Panic(f.Dump(), Look{})
	if !ok || report.Value != "boom" {
		t.Errorf("report %v", report)
	}
}

// TestFilterIsConcurrent is for the race detector.
func TestFilterIsConcurrent(t *testing.T) {
	var out bytes.Buffer
	f := NewFilter(&out)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				_, _ = f.Write([]byte("panic: x\nline\n"))
				_ = f.Flush()
			}
		})
	}
	all.Wait()
	if err := f.Release(); err != nil || out.Len() != 400*len("panic: x\nline\n") {
		t.Errorf("%d bytes passed on (%v)", out.Len(), err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no reader") }

func TestFilterTellsErrors(t *testing.T) {
	f := NewFilter(broken{})
	if n, err := f.Write([]byte("text\n")); n != 5 || err == nil {
		t.Errorf("Write: %d, %v", n, err)
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("one\n"+boom, byte(3), byte(0))
	f.Add("50%\r"+boom+"on\n", byte(1), byte(7))
	f.Add("error: a\nerror: b", byte(200), byte(2))
	f.Fuzz(func(t *testing.T, text string, size, flush byte) {
		var out bytes.Buffer
		filter := NewFilter(&out)
		for i, rest := 0, text; len(rest) > 0; i++ {
			n := min(int(size)+1, len(rest))
			feed(t, filter, rest[:n], n)
			rest = rest[n:]
			if flush > 0 && i%int(flush) == 0 {
				_ = filter.Flush()
			}
			if !strings.HasPrefix(text, out.String()) {
				t.Fatalf("passed on %q", out.String())
			}
		}
		if dump := filter.Dump(); !strings.HasSuffix(text, dump) {
			t.Errorf("dump %q is not the end of %q", dump, text)
		}
		if _ = filter.Release(); out.String() != text {
			t.Errorf("passed on %q of %q", out.String(), text)
		}
	})
}

func FuzzPanic(f *testing.F) {
	f.Add("50%" + boom)
	f.Add("fatal error: stack overflow\n\nruntime stack:\nruntime.throw({0x1})\n\t/go/src/runtime/panic.go:1 +0x1\n\ngoroutine 1 gp=0x1 [running]:\nmain.f(...)\n\tCell[2]:1\n...99 frames elided...\n")
	f.Add("panic: a [recovered]\n\tpanic: (main.E) 0x12\n[signal SIGSEGV: x]\n\ngoroutine 7 [running]:\ngopkg.in/yaml%2ev3.(*T).f(0x1)\n\t/tmp/gonb_1a2b/main.go:7 +0x1\ncreated by main.main in goroutine 1\n\tCell[4]:1 +0x1\n")
	f.Add("x\nerror: no\nexit status 1\n")
	f.Fuzz(func(t *testing.T, dump string) {
		r, rest, ok := Panic(dump, answers())
		if !strings.HasPrefix(dump, rest) || !ok && rest != dump {
			t.Errorf("rest %q", rest)
		}
		if ok && (r.Name == "" || len(r.Traceback) == 0 || strings.Contains(r.Value, "\n")) {
			t.Errorf("report %+v", r)
		}
		if !temporary.MatchString(r.Value + strings.Join(r.Traceback, "")) {
			sound(t, r)
		}
	})
}

func BenchmarkFilter(b *testing.B) {
	line := []byte(strings.Repeat("step 12 of 100, loss 3.4567 nats, 12.3 ms\n", 100))
	f := NewFilter(io.Discard)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		_, _ = f.Write(line)
	}
}
