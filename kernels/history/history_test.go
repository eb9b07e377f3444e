package history

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gofrs/flock"
)

// opened begins a session, which must go well.
func opened(t testing.TB, dir string, l limits) *History {
	t.Helper()
	h, err := open(dir, l)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// add runs cells, numbered from 1.
func add(t testing.TB, h *History, sources ...string) {
	t.Helper()
	for i, s := range sources {
		if err := h.Add(i+1, s); err != nil {
			t.Fatal(err)
		}
	}
}

// text writes entries as session:line:source.
func text(entries []Entry) string {
	var words []string
	for _, e := range entries {
		words = append(words, fmt.Sprintf("%d:%d:%s", e.Session, e.Line, e.Source))
	}
	return strings.Join(words, " ")
}

func TestRequests(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "history")
	add(t, opened(t, dir, usual), "a", "b", "c")
	opened(t, dir, usual) // a session in which nothing was run has a number too
	mine := opened(t, dir, usual)
	later := opened(t, dir, usual)
	add(t, mine, "b", "x\ny", "z")
	add(t, later, "l")
	for name, c := range map[string]struct {
		got  []Entry
		want string
	}{
		"tail":                  {mine.Tail(3), "3:1:b 3:2:x\ny 3:3:z"},
		"tail of others too":    {mine.Tail(5), "1:3:c 4:1:l 3:1:b 3:2:x\ny 3:3:z"},
		"tail of all":           {mine.Tail(100), "1:1:a 1:2:b 1:3:c 4:1:l 3:1:b 3:2:x\ny 3:3:z"},
		"tail of none":          {mine.Tail(0), ""},
		"tail below none":       {mine.Tail(-1), ""},
		"tail of the later":     {later.Tail(2), "3:3:z 4:1:l"},
		"range":                 {mine.Range(0, 2, 4), "3:2:x\ny 3:3:z"},
		"range stops before":    {mine.Range(0, 1, 2), "3:1:b"},
		"range to the end":      {mine.Range(0, 2, 0), "3:2:x\ny 3:3:z"},
		"range from the end":    {mine.Range(0, -1, 0), "3:3:z"},
		"range not to the end":  {mine.Range(0, 1, -1), "3:1:b 3:2:x\ny"},
		"range of a session":    {mine.Range(1, 2, 3), "1:2:b"},
		"range counted back":    {mine.Range(-2, 1, 3), "1:1:a 1:2:b"},
		"range of an empty one": {mine.Range(-1, 0, 9), ""},
		"range of no session":   {mine.Range(-99, 0, 9), ""},
		"range the wrong way":   {mine.Range(1, 3, 1), ""},
		"search":                {mine.Search("[ab]", 0, false), "1:1:a 1:2:b 3:1:b"},
		"search once":           {mine.Search("[ab]", 0, true), "1:1:a 3:1:b"},
		"search for the last":   {mine.Search("[ab]", 1, false), "3:1:b"},
		"search across lines":   {mine.Search("x*y", 9, true), "3:2:x\ny"},
		"search in vain":        {mine.Search("q", 9, true), ""},
	} {
		if got := text(c.got); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if mine.Session() != 3 {
		t.Errorf("session %d", mine.Session())
	}
}

// What a cell may hold comes back as it was.
func TestSourcesComeBack(t *testing.T) {
	dir := t.TempDir()
	sources := []string{"", " ", "\n", "\"<&>\"", "日本\u2028\t\x00", `{"session":9,"line":1,"source":"x"}`, strings.Repeat("long ", 10_000)}
	add(t, opened(t, dir, usual), sources...)
	for i, e := range opened(t, dir, usual).Tail(len(sources)) {
		if e.Source != sources[i] {
			t.Errorf("%q came back as %q", sources[i], e.Source)
		}
	}
}

// A file cut anywhere keeps every whole line, and what is written after the cut is kept too.
func TestCutFile(t *testing.T) {
	dir := t.TempDir()
	add(t, opened(t, dir, usual), "first", "second")
	file := filepath.Join(dir, fileName)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := len(whole) - len(`{"session":1,"line":2,"source":"second"}`+"\n")
	for cut := before; cut < len(whole); cut++ {
		if err := os.WriteFile(file, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		h := opened(t, dir, usual)
		add(t, h, "third")
		want := "1:1:first 2:1:third"
		if cut == len(whole)-1 { // nothing but the line's end is missing
			want = "1:1:first 1:2:second 2:1:third"
		}
		if got := text(opened(t, dir, usual).Tail(9)); got != want {
			t.Errorf("cut at %d: %q, want %q", cut, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Run("entries", func(t *testing.T) {
		dir := t.TempDir()
		h := opened(t, dir, limits{count: 8, bytes: 1 << 20, source: 1000})
		for i := range 20 {
			add(t, h, strconv.Itoa(i))
		}
		h = opened(t, dir, h.limits)
		if got := text(h.Tail(99)); got != "1:1:14 1:1:15 1:1:16 1:1:17 1:1:18 1:1:19" {
			t.Errorf("left %q", got)
		}
		if h.Session() != 2 || opened(t, dir, h.limits).Session() != 3 {
			t.Error("a session number was given out twice")
		}
	})
	t.Run("bytes", func(t *testing.T) {
		dir := t.TempDir()
		h := opened(t, dir, limits{count: 1000, bytes: 4000, source: 1000})
		for i := range 100 { // control characters take six bytes each in the file
			if err := h.Add(i+1, strings.Repeat("\x01", 50)); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(dir, fileName)); err != nil || info.Size() > 5000 {
				t.Fatalf("%d bytes, %v", info.Size(), err)
			}
		}
		if got := h.Tail(1); len(got) != 1 || got[0].Line != 100 {
			t.Errorf("the newest is %v", got)
		}
	})
	t.Run("a cell", func(t *testing.T) {
		h := opened(t, t.TempDir(), limits{count: 10, bytes: 1000, source: 10})
		if err := h.Add(3, "more than ten"); err == nil || !strings.Contains(err.Error(), "keeping cell 3") {
			t.Error(err)
		}
	})
}

// A folder that cannot be made, even by root, because a file is in its place: the kernel's own history works all the same, and is written once it can be.
func TestNoPlaceToWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := Open(dir)
	if err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("error %v", err)
	}
	for i := range 2 * unwrittenKept {
		if err := h.Add(i, strconv.Itoa(i)); err == nil {
			t.Fatal("no error")
		}
	}
	if got := text(h.Tail(1)); got != "1:199:199" || len(h.Tail(1000)) != unwrittenKept {
		t.Errorf("tail %q, %d remembered", got, len(h.Tail(1000)))
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	opened(t, dir, usual) // takes the number that h had for itself
	if err := h.Add(200, "at last"); err != nil {
		t.Fatal(err)
	}
	if got := text(opened(t, dir, usual).Tail(2)); h.Session() != 2 || got != "2:199:199 2:200:at last" {
		t.Errorf("session %d, written %q", h.Session(), got)
	}
}

// A full disk is stood in for by /dev/full, which takes no byte.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this system")
	}
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	h := &History{dir: dir, limits: usual, session: 1, started: true}
	if err := h.Add(1, "a"); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
	if h.unwritten == nil {
		t.Error("the entry is lost")
	}
}

// Another kernel that hangs while it holds the lock does not hold up this one.
func TestLockHeld(t *testing.T) {
	dir := t.TempDir()
	h := opened(t, dir, usual)
	l := flock.New(filepath.Join(dir, lockName))
	if err := l.Lock(); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := h.Add(1, "a"); err == nil || !strings.Contains(err.Error(), "locking") {
		t.Errorf("error %v", err)
	}
	if got := text(h.Tail(1)); got != "1:1:a" {
		t.Errorf("tail %q", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	dir := t.TempDir()
	small := limits{count: 50, bytes: 1 << 20, source: 100}
	a, b := opened(t, dir, small), opened(t, dir, small)
	var wg sync.WaitGroup
	for _, h := range []*History{a, a, b, b} {
		wg.Go(func() {
			for i := range 50 {
				if err := h.Add(i, "x"); err != nil {
					t.Error(err)
				}
				h.Tail(3)
				h.Range(0, 0, 0)
				h.Search("*", 3, true)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			opened(t, dir, small)
		}
	})
	wg.Wait()
	if got := a.Tail(50); len(got) < 30 {
		t.Errorf("%d entries are left", len(got))
	}
}

// childVar names the folder in which this program, started again by a test, plays a kernel that runs cells.
const childVar = "HISTORY_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

func child(dir string) {
	h, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	cells, _ := strconv.Atoi(os.Getenv(childVar + "_CELLS"))
	for i := 0; cells == 0 || i < cells; i++ {
		if err := h.Add(i+1, strings.Repeat("x", 1000)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(h.Session())
	}
}

func startChild(t *testing.T, dir string, cells int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+dir, fmt.Sprintf("%s_CELLS=%d", childVar, cells))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	a, _ := startChild(t, dir, 200)
	b, _ := startChild(t, dir, 200)
	for _, cmd := range []*exec.Cmd{a, b} {
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	h := opened(t, dir, usual)
	for _, session := range []int{1, 2} {
		entries := h.Range(session, 0, 0)
		if len(entries) != 200 || slices.ContainsFunc(entries, func(e Entry) bool { return len(e.Source) != 1000 }) {
			t.Errorf("session %d has %d entries, or broken ones", session, len(entries))
		}
	}
}

// A kernel killed at any moment loses nothing that it had written.
func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	for session := 1; session <= 5; session++ {
		cmd, said := startChild(t, dir, 0)
		for range 10 * session {
			if !said.Scan() || said.Text() != strconv.Itoa(session) {
				t.Fatalf("the child said %q", said.Text())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	h := opened(t, dir, usual)
	add(t, h, "after")
	for session := 1; session <= 5; session++ {
		if n := len(h.Range(session, 0, 0)); n < 10*session {
			t.Errorf("session %d: %d entries of at least %d", session, n, 10*session)
		}
	}
	if got := text(h.Tail(1)); got != "6:1:after" {
		t.Errorf("tail %q", got)
	}
}

// Whatever the file holds, a new session is begun behind it, what is added comes back, and nothing that was readable is lost.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"session":1}` + "\n" + `{"session":1,"line":1,"source":"a"}` + "\n" + `{"session":1,"line":2,"sou`))
	f.Add([]byte("null\n[]\n{}\n{\"session\":9007199254740991,\"source\":\"x\"}\n"))
	f.Add([]byte("\x00\xff\n\n{\"session\":-1,\"line\":1,\"source\":\"\"}"))
	f.Fuzz(func(t *testing.T, before []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), before, 0o600); err != nil {
			t.Fatal(err)
		}
		readable := parse(before)
		last := 0
		for _, e := range readable {
			last = max(last, e.Session)
		}
		h := opened(t, dir, usual)
		if h.Session() <= last {
			t.Fatalf("session %d after %d", h.Session(), last)
		}
		add(t, h, "new")
		again := opened(t, dir, usual)
		if got := again.Range(h.Session(), 1, 2); len(got) != 1 || got[0].Source != "new" {
			t.Fatalf("added, then read %v", got)
		}
		if got := len(again.Tail(1 << 20)); got < len(readable)+1 {
			t.Fatalf("%d entries of %d", got, len(readable)+1)
		}
	})
}

// filled is a history as it is after months.
func filled(b *testing.B) *History {
	dir := b.TempDir()
	var text []byte
	for i := range usual.count {
		text = fmt.Appendf(text, "{\"session\":%d,\"line\":%d,\"source\":%q}\n", i/100+1, i%100+1, strings.Repeat("fmt.Println(1)\n", 20))
	}
	if err := os.WriteFile(filepath.Join(dir, fileName), text, 0o600); err != nil {
		b.Fatal(err)
	}
	return opened(b, dir, usual)
}

func BenchmarkAdd(b *testing.B) {
	h := filled(b)
	for b.Loop() {
		add(b, h, "fmt.Println(2)")
	}
}

func BenchmarkTail(b *testing.B) {
	h := filled(b)
	for b.Loop() {
		h.Tail(1000)
	}
}

func BenchmarkOpen(b *testing.B) {
	h := filled(b)
	for b.Loop() {
		opened(b, h.dir, usual)
	}
}
