package video_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/video"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// BenchmarkTrainStep is a step of each recipe that a laptop trains, on sprites, and how long the first one takes.
func BenchmarkTrainStep(b *testing.B) {
	e := open(b)
	for name, test := range map[string]struct {
		r     video.Recipe
		clips data.Bouncing
	}{
		"quick":           {video.Quick(), data.Bouncing{Frames: 6, Height: 12, Width: 12, Speed: 1}},
		"quick-baseline":  {video.Quick().WithBaseline(), data.Bouncing{Frames: 6, Height: 12, Width: 12, Speed: 1}},
		"laptop":          {video.Laptop(), data.Bouncing{}},
		"laptop-baseline": {video.Laptop().WithBaseline(), data.Bouncing{}},
	} {
		b.Run(name, func(b *testing.B) {
			sprites, err := data.BouncingSprites(test.clips)
			if err != nil {
				b.Fatal(err)
			}
			task, err := test.r.Task(sprites)
			if err != nil {
				b.Fatal(err)
			}
			step, err := train.Steps(e, task)
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			for i := range 3 {
				if _, err := step(i); err != nil {
					b.Fatal(err)
				}
			}
			first := time.Since(start)
			before := cpu()
			i := 3
			for b.Loop() {
				if _, err := step(i); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric((cpu()-before)/float64(i-3), "cpu-s/op")
			b.ReportMetric(first.Seconds(), "s/first-3")
		})
	}
}

// cpu is the processor time of this process so far, in seconds.
func cpu() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

// BenchmarkDraw64 continues 64 clips of two frames of 28×28 by one, compiling included, and says how many times as long a full pass for each pixel would take.
func BenchmarkDraw64(b *testing.B) {
	e := open(b)
	c := video.Laptop().Model
	c.Height, c.Width = 28, 28
	store := scrambled(b, e.Backend, c, 2, 28, 28)
	given := clipsOf(64, 2, 28, 28, 2)
	full, err := model.NewExec(e.Backend, store, c.Logits)
	if err != nil {
		b.Fatal(err)
	}
	x := clipsOf(64, 3, 28, 28, 2).Tensor()
	full.MustCall(x)
	start := time.Now()
	full.MustCall(x)
	pass := time.Since(start)
	b.ResetTimer()
	for b.Loop() {
		if _, err := video.Draw(e.Backend, store, c, given, 3, video.Drawing{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(pass.Seconds()*28*28/each.Seconds(), "times-naive")
}
