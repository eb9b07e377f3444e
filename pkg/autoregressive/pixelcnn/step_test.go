package pixelcnn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
)

// Another batch begins as the first did, and other classes give other logits.
func TestStepperReset(t *testing.T) {
	e := open(t)
	const h, w = 4, 5
	net := pixelcnn.Gated{Channels: 4, Layers: 2, First: 3, Classes: 3}
	store := shaken(t, e, net, h, w, []int32{0, 1})
	s, err := pixelcnn.NewStepper(e.Backend, store, net, h, w, 2, []int32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	walk := func(pixels int) (all []float32) {
		var drawn []float32
		for i := range pixels {
			logits, err := s.Next(drawn)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, logits...)
			drawn = []float32{float32(i % 2), float32(i % 3 / 2)}
		}
		return all
	}
	again := func(classes ...int32) {
		if err := s.Reset(pixelcnn.Told{Classes: classes}); err != nil {
			t.Fatal(err)
		}
	}
	first := walk(h * w)
	if _, err := s.Next([]float32{0, 0}); err == nil || !strings.Contains(err.Error(), "all 20 values are drawn: Reset") {
		t.Error(err)
	}
	again(0, 1)
	walk(7) // and leave off
	again(0, 1)
	if !slices.Equal(first, walk(h*w)) {
		t.Error("the second batch of the same pixels has other logits")
	}
	again(2, 1)
	other := walk(h * w)
	for i := range first {
		if same := first[i] == other[i]; same != (i%2 == 1) {
			t.Fatalf("pixel %d of image %d: the logit is the same: %v; only the first image's class was changed", i/2, i%2, same)
		}
	}
	if _, err := s.Next(nil); err == nil {
		t.Error("a pixel after the last")
	}
	again(2, 1)
	if _, err := s.Next([]float32{1, 1}); err == nil || !strings.Contains(err.Error(), "none at first") {
		t.Error(err)
	}
	if err := s.Reset(pixelcnn.Told{Classes: []int32{1}}); err == nil || !strings.Contains(err.Error(), "1 classes for 2 images") {
		t.Error(err)
	}
}

func TestDrawRefuses(t *testing.T) {
	e := open(t)
	classes := pixelcnn.Gated{Channels: 4, Layers: 1, First: 3, Classes: 3}
	store := shaken(t, e, classes, 3, 3, []int32{0})
	for name, test := range map[string]struct {
		net    pixelcnn.Net
		images int
		d      pixelcnn.Drawing
		want   string
	}{
		"no images":       {pixelcnn.Gated{}, 0, pixelcnn.Drawing{}, "0 images: ask for one at least"},
		"negative images": {pixelcnn.Plain{}, -1, pixelcnn.Drawing{}, "-1 images: ask for one at least"},
		"no classes":      {classes, 2, pixelcnn.Drawing{}, "0 classes for 2 images: give one each"},
		"few classes":     {classes, 2, pixelcnn.Drawing{Classes: []int32{1}}, "1 classes for 2 images: give one each"},
		"unknown class":   {classes, 2, pixelcnn.Drawing{Classes: []int32{1, 3}}, "class 3 for image 1: the model knows 0 to 2"},
		"negative class":  {classes, 1, pixelcnn.Drawing{Classes: []int32{-1}}, "class -1 for image 0: the model knows 0 to 2"},
		"classes, none":   {pixelcnn.Gated{}, 1, pixelcnn.Drawing{Classes: []int32{1}}, "1 classes for a model without"},
		"classes, plain":  {pixelcnn.Plain{}, 1, pixelcnn.Drawing{Classes: []int32{1}}, "1 classes for a model without"},
		"given pixels":    {pixelcnn.Plain{}, 1, pixelcnn.Drawing{Given: []float32{1}}, "1 given values for 1 images of 3×3×1: give 9"},
	} {
		for _, naive := range []bool{false, true} {
			test.d.Naive = naive
			_, err := pixelcnn.Draw(e.Backend, store, test.net, 3, 3, test.images, test.d)
			if err == nil || !strings.HasPrefix(err.Error(), "pixelcnn: drawing: "+test.want) {
				t.Errorf("%s: %v, want %q", name, err, test.want)
			}
		}
		if test.d.Given == nil {
			_, err := pixelcnn.NewStepper(e.Backend, store, test.net, 3, 3, test.images, test.d.Classes)
			if err == nil || !strings.HasPrefix(err.Error(), "pixelcnn: stepping: "+test.want) {
				t.Errorf("stepper, %s: %v, want %q", name, err, test.want)
			}
		}
	}
}
