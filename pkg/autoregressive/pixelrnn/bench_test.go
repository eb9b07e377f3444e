package pixelrnn_test

import (
	"math/rand/v2"
	"syscall"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelrnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

// BenchmarkTrainStep is one Adam step of the models that the recipes compare. Each is measured beside the masked convolutions of equal parameters: x-PixelCNN is how
// many times their processor time it takes.
func BenchmarkTrainStep(b *testing.B) {
	for _, recipe := range []pixelrnn.Recipe{pixelrnn.Quick(), pixelrnn.Laptop(), pixelrnn.Paper()} {
		side := 28
		if recipe.Preset == "quick" {
			side = 14
		}
		plain := recipe.WithPlain().Plain
		beside := 0.0
		for _, c := range []struct {
			name    string
			logProb func(*model.Scope, *Node) *Node
		}{
			{"plain PixelCNN", func(s *model.Scope, x *Node) *Node { return plain.LogProb(s, x, nil) }},
			{"diagonal", recipe.Net().LogProb},
			{"row", recipe.WithRow().Net().LogProb},
			{"multi-scale, row", recipe.WithRow().WithMultiScale().Net().LogProb},
		} {
			b.Run(recipe.Preset+", "+c.name, func(b *testing.B) {
				step := stepOf(b, recipe.Batch, side, c.logProb)
				once := func() {
					if _, err := step(0); err != nil {
						b.Fatal(err)
					}
				}
				once()
				b.ResetTimer()
				start := seconds()
				for b.Loop() {
					once()
				}
				each := (seconds() - start) / float64(b.N)
				b.ReportMetric(each, "cpu-s/op")
				if beside == 0 {
					beside = each
				}
				b.ReportMetric(each/beside, "x-PixelCNN")
			})
		}
	}
}

// stepOf is a training step on a batch of random images.
func stepOf(b *testing.B, batch, side int, logProb func(*model.Scope, *Node) *Node) func(int) (float64, error) {
	b.Helper()
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	pixels := make([]float32, batch*side*side)
	for i := range pixels {
		if random.Float64() < 0.3 {
			pixels[i] = 1
		}
	}
	step, err := train.Steps(e, train.Task{
		Name: "bench", Preset: "quick", Steps: 1, Seed: 1, Rate: train.Rate{Peak: 1e-3},
		Batch: func(int) []*tensors.Tensor {
			return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, batch, side, side, 1)}
		},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			return Neg(ReduceAllMean(logProb(scope, batch[0]))), nil
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return step
}

// seconds is the processor time of this process so far: what other processes do to the clock does not count.
func seconds() float64 {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// BenchmarkDraw64 draws 64 images of 28×28, compiling included, symbol by symbol with what the rows above left. Drawn naively each symbol takes a full pass, the same
// for all, so a few of them tell: x-faster is how many times less processor time our way takes, its compiling counted and theirs not.
func BenchmarkDraw64(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	const images, tried = 64, 6
	recipe := pixelrnn.Laptop()
	for _, c := range []struct {
		name string
		net  pixelrnn.Net
	}{
		{"diagonal", recipe.Net()},
		{"row", recipe.WithRow().Net()},
		{"multi-scale, row", recipe.WithRow().WithMultiScale().Net()},
		{"multi-scale, diagonal", recipe.WithMultiScale().Net()},
		{"diagonal, paper", pixelrnn.Paper().Net()},
	} {
		b.Run(c.name, func(b *testing.B) {
			store := model.NewStore()
			start := seconds()
			for b.Loop() {
				if _, err := pixelrnn.Draw(e.Backend, store, c.net, images, pixelrnn.Drawing{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
			ours := (seconds() - start) / float64(b.N)
			b.ReportMetric(ours, "cpu-s/op")

			theirs := naively(b, e, store, c.net, images, tried)
			b.ReportMetric(theirs, "cpu-s-naive/op")
			b.ReportMetric(theirs/ours, "x-faster")
		})
	}
}

// naively is the processor time of drawing images with full passes, from the first few symbols and, where there is a small image before, a few of the large one.
func naively(b *testing.B, e *engine.Engine, store *model.Store, net pixelrnn.Net, images, tried int) (all float64) {
	b.Helper()
	s, err := pixelrnn.NewStepper(e.Backend, store, net, true)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Start(images); err != nil {
		b.Fatal(err)
	}
	symbols, t := len(s.Order()), 0
	next := func() {
		var previous []uint8
		if t > 0 {
			previous = make([]uint8, images)
		}
		if _, err := s.Next(previous); err != nil {
			b.Fatal(err)
		}
		t++
	}
	parts := []int{symbols}
	if _, multi := net.(pixelrnn.MultiScale); multi {
		parts = []int{symbols / 4, symbols}
	}
	from := 0
	for _, to := range parts {
		for t < from+1 { // the first compiles
			next()
		}
		start := seconds()
		for range tried {
			next()
		}
		all += (seconds() - start) / float64(tried) * float64(to-from)
		from = to
	}
	return all
}
