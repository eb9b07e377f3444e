package subscale_test

import (
	"fmt"
	"syscall"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
	"github.com/curious-go/curious/pkg/train"
)

// cpuSeconds adds to a benchmark what processors worked for it: a machine with other work to do tells little by the clock.
func cpuSeconds(b *testing.B, loop func()) {
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		loop()
	}
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/1e9/float64(b.N), "cpu-s/op")
}

// BenchmarkTrainStep is one Adam step of a preset's model, and of the Gated PixelCNN of as many parameters, on binary images.
func BenchmarkTrainStep(b *testing.B) {
	e := open(b)
	for side, recipe := range map[int]subscale.Recipe{14: subscale.Quick(), 28: subscale.Laptop()} {
		for name, c := range map[string]subscale.Config{"": recipe.Model, "-plain": recipe.Model.Plain()} {
			b.Run(recipe.Preset+name, func(b *testing.B) {
				c.Height, c.Width, c.Colours, c.Bits = side, side, 1, 1
				x := random(c, recipe.Batch)
				step, err := train.Steps(e, train.Task{
					Name: "bench", Preset: "quick", Steps: 1, Seed: 1, Rate: train.Rate{Peak: 1e-3},
					Batch: func(int) []*tensors.Tensor {
						return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, recipe.Batch, side, side, 1)}
					},
					Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
						return Neg(ReduceAllMean(c.LogProb(scope, batch[0]))), nil
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
				cpuSeconds(b, func() {
					if _, err := step(0); err != nil {
						b.Fatal(err)
					}
				})
				b.ReportMetric(float64(c.Parameters()), "parameters")
			})
		}
	}
}

// BenchmarkDraw draws images of 28×28 with the laptop model, compiling included: slices side by side, in turn, and what it would take without caches, one of its 784
// full passes.
func BenchmarkDraw(b *testing.B) {
	e := open(b)
	c := subscale.Laptop().Model
	c.Height, c.Width, c.Colours, c.Bits = 28, 28, 1, 1
	store := shaken(b, e.Backend, c)
	for _, n := range []int{64, 8} {
		for name, d := range map[string]subscale.Drawing{"side by side": {Seed: 1}, "in turn": {Seed: 1, InTurn: true}} {
			b.Run(fmt.Sprintf("%d %s", n, name), func(b *testing.B) {
				cpuSeconds(b, func() {
					if _, err := subscale.Draw(e.Backend, store, c, n, d); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
		b.Run(fmt.Sprintf("%d a full pass", n), func(b *testing.B) {
			exec := model.MustNewExec(e.Backend, store, c.Logits)
			defer exec.Finalize()
			x := random(c, n)
			pass := func() {
				exec.MustCall(tensors.FromFlatDataAndDimensions(x, n, 28, 28, 1))[0].FinalizeAll()
			}
			pass()
			cpuSeconds(b, pass)
		})
	}
}
