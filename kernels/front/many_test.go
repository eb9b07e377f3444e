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

// A thousand cells in one kernel, each a new definition and a new program, take no more time and memory at the end than after the first hundred.
func TestThousandCells(t *testing.T) {
	testenv.Full(t)
	if os.Getenv("CURIOUS_TEST_LONG") == "" {
		t.Skip("takes several minutes: set CURIOUS_TEST_LONG=1")
	}
	k := start(t, settings{Home: t.TempDir()})
	var took []time.Duration
	var used []int
	for i := range 1000 {
		begin := time.Now()
		if got := k.ok(t, fmt.Sprintf("x := %d\nfmt.Println(x)", i)); got != fmt.Sprintln(i) {
			t.Fatalf("cell %d: %q", i, got)
		}
		took, used = append(took, time.Since(begin)), append(used, k.memory(t))
	}
	middle := func(s []time.Duration) time.Duration {
		s = slices.Clone(s)
		slices.Sort(s)
		return s[len(s)/2]
	}
	early, late := middle(took[100:200]), middle(took[900:])
	most, now := slices.Max(used[100:200]), slices.Max(used[900:])
	t.Logf("a cell took %v early and %v late; memory was %d MB early and %d MB late", early, late, most, now)
	if now > most*5/4 {
		t.Errorf("memory grew from %d MB to %d MB", most, now)
	}
	if late > early*5/4 && late > early+50*time.Millisecond {
		t.Errorf("a cell took %v early and %v late", early, late)
	}
}
