package train_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/train"
)

// BenchmarkFirstStep is the time from a process's start to the end of its first training step of the reference Gated PixelCNN (batch 32, 28×28,
// 32 channels, 5 layers, filters 3), in a process of its own, as a cell is. The program was compiled by a process before.
func BenchmarkFirstStep(b *testing.B) {
	if e, err := engine.Open(); err != nil || e.Kind != "xla" {
		b.Skip("needs XLA: go run . lab sets it up")
	}
	var took time.Duration
	var memory int64
	var stages string
	for i := -1; i < b.N; i++ { // the first, uncounted one compiles
		start := time.Now()
		cmd := child("first")
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		lines := strings.Fields(string(out))
		end, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		if i >= 0 {
			took += time.Unix(0, end).Sub(start)
			stages = string(out)
			if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				memory = max(memory, usage.Maxrss) // in KB on Linux
			}
		}
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/first-step")
	b.ReportMetric(float64(memory)/1000, "peak-MB")
	b.ReportMetric(0, "ns/op")
	b.Log(stages)
}

// firstStep is what BenchmarkFirstStep's process does; it ends with the moment at which the step was done.
func firstStep() error {
	began := time.Now()
	stage := func(name string) {
		var used syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
		fmt.Printf("%s: after %.0f ms, %.0f ms of processor time\n", name, 1000*time.Since(began).Seconds(), float64(used.Utime.Nano()+used.Stime.Nano())/1e6)
	}
	e, err := engine.Open()
	if err != nil {
		return err
	}
	stage("engine open")
	random := rand.New(rand.NewPCG(1, 2))
	pixels := make([]float32, 32*28*28)
	for i := range pixels {
		if random.Float64() < 0.3 {
			pixels[i] = 1
		}
	}
	net := pixelcnn.Gated{First: 3}
	step, err := train.Steps(e, train.Task{
		Name: "bench", Preset: "quick", Steps: 1, Seed: 1, Rate: train.Rate{Peak: 1e-3}, ClipNorm: 20, Average: 0.999,
		Batch: func(int) []*tensors.Tensor {
			return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, 32, 28, 28, 1)}
		},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			defer stage("objective built")
			return Neg(ReduceAllMean(net.LogProb(scope, batch[0], nil))), nil
		},
	})
	if err != nil {
		return err
	}
	if _, err := step(0); err != nil {
		return err
	}
	stage("first step")
	began = time.Now()
	if _, err := step(0); err != nil {
		return err
	}
	stage("second step")
	fmt.Println(began.UnixNano())
	return nil
}
