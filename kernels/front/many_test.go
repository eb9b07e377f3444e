package front_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/testenv"
	"github.com/curious-go/curious/kernels/wire"
)

// optionsNone is how a notebook executes a cell.
var optionsNone = wire.Options{}

// memory is the resident memory of the front and GoNB in MB.
func (k *kernel) memory(t *testing.T) (mb int) {
	t.Helper()
	for _, p := range k.processes(t) {
		if p.pid != k.cmd.Process.Pid && !isGonb(p) && !isKeeper(p) {
			continue
		}
		text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "status"))
		for line := range strings.Lines(string(text)) {
			var kb int
			if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
				mb += kb / 1024
			}
		}
	}
	return mb
}

// After a thousand cells, each a new program, a kernel takes hardly more memory than after the first hundred, and a cell no longer than in a new kernel: the two
// take turns, so that what else the machine does slows both.
func TestThousandCells(t *testing.T) {
	testenv.Full(t)
	old := start(t, settings{Home: t.TempDir()})
	cells := 0
	run := func(k *kernel) time.Duration {
		cells++
		begin := time.Now()
		if got := k.ok(t, fmt.Sprintf("x := %d\nfmt.Println(x)", cells)); got != fmt.Sprintln(cells) {
			t.Fatalf("cell %d: %q", cells, got)
		}
		return time.Since(begin)
	}
	early, late := 0, 0
	for i := range 1000 {
		run(old)
		switch mb := old.memory(t); {
		case i >= 100 && i < 200:
			early = max(early, mb)
		case i >= 900:
			late = max(late, mb)
		}
	}
	if early == 0 || late > early*11/10+2 {
		t.Errorf("memory grew from %d MB to %d MB: want at most a tenth more", early, late)
	}
	fresh := start(t, settings{Home: t.TempDir()})
	var inOld, inFresh []time.Duration
	for range 60 {
		inOld, inFresh = append(inOld, run(old)), append(inFresh, run(fresh))
	}
	slices.Sort(inOld)
	slices.Sort(inFresh)
	a, b := inOld[len(inOld)/2], inFresh[len(inFresh)/2]
	t.Logf("a cell takes %v, and %v in a new kernel; memory was %d MB and is %d MB", a, b, early, late)
	if a > b*5/4 {
		t.Errorf("a cell takes %v after a thousand, and %v in a new kernel", a, b)
	}
}
