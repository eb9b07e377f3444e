package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/train"
)

// What a test wants done in a process of its own: the test's binary is started again with the task's name.
const childVariable = "CURIOUS_TRAIN_TEST"

var children = map[string]func() error{"first": firstStep, "fit": fitChild, "signalled": fitChild, "steps": manySteps}

func TestMain(m *testing.M) {
	task := os.Getenv(childVariable)
	if task == "" {
		os.Exit(m.Run())
	}
	if err := children[task](); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// child is this binary doing a task, with these environment variables besides its own.
func child(task string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childVariable+"="+task), env...)
	return cmd
}

// noisy is a small task with all that a training may have: random numbers on the graph, averages, clipping, a schedule, parts, validation.
func noisy() train.Task {
	batch := func(step int) []*tensors.Tensor {
		x := make([]float32, 8*4)
		for i := range x {
			x[i] = float32((i*7+step*13)%11)/5 - 1
		}
		return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, 8, 4)}
	}
	return train.Task{
		Name: "noisy", Preset: "quick", Data: "numbers", Config: map[string]int{"Hidden": 16}, Seed: 7,
		Steps: 12, Batch: batch, Rate: train.Rate{Peak: 1e-2, Final: 1e-4, Warmup: 3}, ClipNorm: 0.5, Average: 0.9,
		Valid: []func() []*tensors.Tensor{func() []*tensors.Tensor { return batch(1000) }, func() []*tensors.Tensor { return batch(1001) }}, ValidEvery: 5,
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			x := batch[0]
			h := nn.ReLU(nn.Affine(scope.In("up"), Add(x, MulScalar(scope.RandomNormal(x.Graph(), x.Shape()), 0.1)), 16))
			y := nn.Affine(scope.In("down"), h, 4)
			loss := ReduceAllMean(Square(Sub(y, x)))
			return loss, []train.Part{{Name: "size", Value: ReduceAllMean(Square(y))}}
		},
	}
}

// convolutional makes the task a small Gated PixelCNN, whose convolutions run on several threads.
func convolutional(task *train.Task) {
	net := pixelcnn.Gated{Channels: 8, Layers: 2, First: 5}
	noisy := task.Batch
	task.Batch = func(step int) []*tensors.Tensor {
		x := tensors.MustCopyFlatData[float32](noisy(step)[0])
		pixels := make([]float32, 16*14*14)
		for i := range pixels {
			if x[i*i%len(x)] > 0 {
				pixels[i] = 1
			}
		}
		return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, 16, 14, 14, 1)}
	}
	task.Valid = nil
	task.Objective = func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
		return Neg(ReduceAllMean(net.LogProb(scope, batch[0], nil))), nil
	}
}

// fitChild trains noisy as its environment says: RMSPROP; CONV, for a PixelCNN instead; STEPS, how many; STOP, the step at which it is cancelled; SAVE, how often it saves;
// SLOW, the time a batch takes.
func fitChild() error {
	task := noisy()
	task.RMSProp = os.Getenv("RMSPROP") != ""
	if os.Getenv("CONV") != "" {
		convolutional(&task)
	}
	if n, err := strconv.Atoi(os.Getenv("STEPS")); err == nil {
		task.Steps = n
	}
	if d, err := time.ParseDuration(os.Getenv("SAVE")); err == nil {
		train.SaveEvery(d)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop, stopErr := strconv.Atoi(os.Getenv("STOP"))
	slow, _ := time.ParseDuration(os.Getenv("SLOW"))
	batch := task.Batch
	task.Batch = func(step int) []*tensors.Tensor {
		if stopErr == nil && step+1 == stop {
			cancel()
		}
		time.Sleep(slow)
		return batch(step)
	}
	if os.Getenv(childVariable) == "signalled" {
		_, err := train.Fit(task)
		return err
	}
	_, err := train.FitContext(ctx, task)
	if stopErr == nil && errors.Is(err, train.ErrStopped) {
		return nil
	}
	return err
}

// runChild runs the task to its end in a folder of runs.
func runChild(t *testing.T, runs string, env ...string) string {
	t.Helper()
	cmd := child("fit", append(env, "CURIOUS_RUNS="+runs)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return out.String()
}

// engines are those that this machine has. Under CURIOUS_TEST_FULL it must have XLA.
func engines(t *testing.T) []string {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind == "xla" {
		return []string{"go", "xla"}
	}
	if os.Getenv("CURIOUS_TEST_FULL") == "1" {
		t.Fatal("no XLA: go run . lab sets it up")
	}
	t.Log("pure Go alone, for want of XLA: go run . lab sets it up")
	return []string{"go"}
}

// clean is an error of one line, without a stack.
func clean(t *testing.T, err error, wants ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if strings.ContainsAny(text, "\n\t") || len(text) > 1000 || !strings.HasPrefix(text, "train: ") {
		t.Errorf("not one clear line: %q", text)
	}
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	t.Log(text)
}
