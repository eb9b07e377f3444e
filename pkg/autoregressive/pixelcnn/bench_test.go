package pixelcnn_test

import (
	"math/rand/v2"
	"syscall"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

// BenchmarkTrainStep is one Adam step of the reference network, batch 32, 28×28, 32 channels, 5 layers, filters 3.
func BenchmarkTrainStep(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	net := pixelcnn.Gated{First: 3}
	random := rand.New(rand.NewPCG(1, 2))
	pixels := make([]float32, 32*28*28)
	for i := range pixels {
		if random.Float64() < 0.3 {
			pixels[i] = 1
		}
	}
	step, err := train.Steps(e, train.Task{
		Name: "bench", Preset: "quick", Steps: 1, Seed: 1, Rate: train.Rate{Peak: 1e-3},
		Batch: func(int) []*tensors.Tensor {
			return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, 32, 28, 28, 1)}
		},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			return Neg(ReduceAllMean(net.LogProb(scope, batch[0], nil))), nil
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	for range 3 {
		if _, err := step(0); err != nil {
			b.Fatal(err)
		}
	}
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	b.ResetTimer()
	for b.Loop() {
		if _, err := step(0); err != nil {
			b.Fatal(err)
		}
	}
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/1e9/float64(b.N), "cpu-s/op")
}

// BenchmarkDraw64 draws 64 images of 28×28, compiling included: pixel by pixel with caches, and with a full pass for each pixel.
func BenchmarkDraw64(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	net := pixelcnn.Gated{Layers: 6}
	store := model.NewStore()
	for name, naive := range map[string]bool{"incremental": false, "naive": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := pixelcnn.Draw(e.Backend, store, net, 28, 28, 64, pixelcnn.Drawing{Seed: 1, Naive: naive}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
