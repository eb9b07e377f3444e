package data

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func TestBatchesDealEachImageOncePerEpoch(t *testing.T) {
	b := Batches{Images: toy(23), Size: 5, Seed: 1, WithLabels: true}
	if got := b.EpochSteps(); got != 4 {
		t.Fatalf("%d steps in an epoch of 23 by 5, want 4", got)
	}
	var orders [2][]int32
	for step := range 8 {
		batch := b.At(step)
		if got := batch[0].Shape().Dimensions; !slices.Equal(got, []int{5, 2, 2, 1}) {
			t.Fatalf("shape %v", got)
		}
		labels := tensors.MustCopyFlatData[int32](batch[1])
		pixels := tensors.MustCopyFlatData[float32](batch[0])
		for i, label := range labels {
			if pixels[4*i] != float32(label)/255 {
				t.Errorf("step %d: image and label of place %d differ", step, i)
			}
		}
		orders[step/4] = append(orders[step/4], labels...)
	}
	for epoch, order := range orders {
		sorted := slices.Sorted(slices.Values(order))
		if len(slices.Compact(sorted)) != 20 {
			t.Errorf("epoch %d hands out %v, want 20 different images", epoch, order)
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Error("two epochs have the same order")
	}
}

// A resumed run asks for steps in another process, another order, or at once: it must get the same bits.
func TestBatchesArePureFunctions(t *testing.T) {
	m := toy(40)
	m.Levels, m.Bernoulli = 2, true
	b := Batches{Images: m, Size: 3, Seed: 5}
	want := make([][]float32, 60)
	for step := range want {
		want[step] = tensors.MustCopyFlatData[float32](b.At(step)[0])
	}
	var wg sync.WaitGroup
	for _, step := range []int{59, 0, 30, 13, 13, 58, 1} {
		wg.Go(func() {
			orders.of(int64(step), 0, 40) // pushes older orders out of the memory
			if got := tensors.MustCopyFlatData[float32](b.At(step)[0]); !slices.Equal(got, want[step]) {
				t.Errorf("step %d differs the second time", step)
			}
		})
	}
	wg.Wait()
	other := b
	other.Seed++
	if slices.Equal(tensors.MustCopyFlatData[float32](other.At(0)[0]), want[0]) {
		t.Error("another seed gives the same batch")
	}
	// The same image is drawn anew when its turn comes again.
	one := Batches{Images: toy(201).Range(200, 201), Size: 1}
	one.Images.Levels, one.Images.Bernoulli = 2, true
	seen := map[[4]float32]bool{}
	for step := range 20 {
		seen[[4]float32(tensors.MustCopyFlatData[float32](one.At(step)[0]))] = true
	}
	if len(seen) < 2 {
		t.Error("20 draws of one image are all the same")
	}
}

// The order must not change with a new Go or a new version of this package, or old runs could not be resumed: numbers of the first version.
func TestBatchesOrderIsForEver(t *testing.T) {
	got := Batches{Images: toy(20), Size: 8, Seed: 42}.Indices(0)
	if want := []int{16, 14, 0, 8, 13, 6, 9, 2}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestBatchesCheck(t *testing.T) {
	bare := toy(4)
	bare.Labels = nil
	for _, c := range []struct {
		batches Batches
		want    string // part of the message
	}{
		{Batches{Images: toy(4), Size: 4, WithLabels: true}, ""},
		{Batches{Images: toy(4)}, "Size must be at least 1"},
		{Batches{Images: toy(4), Size: 5}, "there are only 4"},
		{Batches{Images: bare, Size: 2, WithLabels: true}, "these images have none"},
		{Batches{Size: 1}, "there are only 0"},
	} {
		switch err := c.batches.Check(); {
		case err == nil && c.want != "":
			t.Errorf("no error, want %q", c.want)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("error %q, want %q", err, c.want)
		}
	}
	if got := (Batches{}).EpochSteps(); got != 0 {
		t.Errorf("%d steps in an epoch of nothing", got)
	}
}

func BenchmarkBatch(b *testing.B) {
	m := PenStrokes(PenConfig{N: 10000})
	for _, bernoulli := range []bool{false, true} {
		name := map[bool]string{false: "grey", true: "drawn"}[bernoulli]
		b.Run(name, func(b *testing.B) {
			m.Bernoulli = bernoulli
			batches := Batches{Images: m, Size: 64}
			for step := 0; b.Loop(); step++ {
				batches.At(step)
			}
		})
	}
}
