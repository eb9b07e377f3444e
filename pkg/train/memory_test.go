package train_test

import (
	"fmt"
	"image"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

func onePixel() image.Image { return image.NewGray(image.Rect(0, 0, 1, 1)) }

// rss is this process's memory in MB; 0 where the system does not tell.
func rss() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	text, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return float64(pages*os.Getpagesize()) / 1e6
}

// manySteps prints how much memory 300 and 2,000 more small steps take.
func manySteps() error {
	e, err := engine.Open()
	if err != nil {
		return err
	}
	step, err := train.Steps(e, noisy())
	if err != nil {
		return err
	}
	for i := range 2300 {
		if i == 300 {
			fmt.Println(rss())
		}
		if _, err := step(i % 12); err != nil {
			return err
		}
	}
	fmt.Println(rss())
	return nil
}

// A tensor of a batch is 128 bytes and an output 4, but what is kept with each would be a kilobyte or more: 2,000 steps that leak show 10 MB.
func TestNoGrowth(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e, func(t *testing.T) {
			out, err := child("steps", "CURIOUS_ENGINE="+e).Output()
			if err != nil {
				t.Fatal(err)
			}
			var before, after float64
			if _, err := fmt.Sscan(string(out), &before, &after); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			t.Logf("%.0f MB, then %.0f MB", before, after)
			if after > before+8 || after > 2000 {
				t.Errorf("memory grew from %.0f to %.0f MB in 2,000 steps", before, after)
			}
		})
	}
}
