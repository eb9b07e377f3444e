package data

import (
	"fmt"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"
)

// Batches deals out images for training: every epoch in a new order, each image once, the short rest at the end left out.
// What step i gets depends on the seed and i only, so that a run that was stopped goes on as if it had not been.
type Batches struct {
	Images     Images
	Size       int   // B, images in a batch
	Seed       int64 // of the order, and of the pixels drawn
	WithLabels bool  // hand out classes too
}

// Check says what is wrong with the batches, if anything.
func (b Batches) Check() error {
	switch {
	case b.Size < 1:
		return fmt.Errorf("data: batches of %d images: Size must be at least 1", b.Size)
	case b.Size > b.Images.N:
		return fmt.Errorf("data: batches of %d images: there are only %d: make Size smaller", b.Size, b.Images.N)
	case b.WithLabels && b.Images.Labels == nil:
		return fmt.Errorf("data: batches with labels: these images have none: use MNIST, DynamicMNIST or ThresholdMNIST")
	}
	return nil
}

// EpochSteps is the number of batches in an epoch.
func (b Batches) EpochSteps() int {
	if b.Size < 1 {
		return 0
	}
	return b.Images.N / b.Size
}

// At is the batch of a step, counted from 0: the images, float32 [B,H,W,C] in [0,1], and with WithLabels the classes, int32 [B].
// It panics where [Batches.Check] gives an error, and if step is negative.
func (b Batches) At(step int) []*tensors.Tensor {
	if err := b.Check(); err != nil {
		panic(err)
	}
	m := b.Images.Take(b.Indices(step))
	// Each step's own seed, mixed so that the draws of one run are not those of another run's later step.
	m = m.Drawn(int64(random(b.Seed, forBatch, step).Uint64()))
	batch := []*tensors.Tensor{m.Tensor()}
	if b.WithLabels {
		batch = append(batch, m.LabelTensor())
	}
	return batch
}

// Indices says which images step gets. Do not write to them.
func (b Batches) Indices(step int) []int {
	epoch, k := step/b.EpochSteps(), step%b.EpochSteps()
	return orders.of(b.Seed, epoch, b.Images.N)[k*b.Size : (k+1)*b.Size]
}

// orders keeps the orders of the last few epochs, since drawing one costs as much as many batches.
var orders orderMemo

type orderMemo struct {
	mu   sync.Mutex
	last [4]struct {
		seed     int64
		epoch, n int
		order    []int
	}
	next int
}

func (o *orderMemo) of(seed int64, epoch, n int) []int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.last {
		if m.order != nil && m.seed == seed && m.epoch == epoch && m.n == n {
			return m.order
		}
	}
	m := &o.last[o.next]
	o.next = (o.next + 1) % len(o.last)
	m.seed, m.epoch, m.n, m.order = seed, epoch, n, random(seed, forEpoch, epoch).Perm(n)
	return m.order
}

// Fixed is up to n batches to measure on, the same ones each time: the images in a shuffled order, cut into batches of Size, or of all where there are fewer.
func (b Batches) Fixed(n int) []func() []*tensors.Tensor {
	images := b.Images.Shuffled(b.Seed)
	size := min(b.Size, images.N)
	var batches []func() []*tensors.Tensor
	for i := range min(n, images.N/max(1, size)) {
		part := Batches{Images: images.Range(size*i, size*(i+1)), Size: size, Seed: b.Seed, WithLabels: b.WithLabels}
		batches = append(batches, func() []*tensors.Tensor { return part.At(0) })
	}
	return batches
}
