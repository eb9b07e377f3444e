package coding_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/train"
)

// tiny are pen-stroke digits of 7×7, each pixel on where its grey is over 1/2.
func tiny() data.Digits {
	all := data.PenStrokes(data.PenConfig{N: 160, Seed: 1, Size: 14}).Blocks14()
	for i, v := range all.Pix {
		all.Pix[i] = v >> 7
	}
	all.Levels = 2
	return data.Digits{
		Train: all.Range(0, 100), Valid: all.Range(100, 140), Test: all.Range(140, 160),
		Variant: data.ThresholdBinary, Height: all.H, Width: all.W,
	}
}

// Images go through a trained Gated PixelCNN, with classes or without, and come out of the run that was opened anew, in as many bits as the full pass says that
// they cost. One weight changed, or other classes told, and the file is refused.
func TestPixelCNN(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	digits := tiny()
	images := digits.Test.First(8)
	recipe := pixelcnn.Recipe{
		Name: "coded", Preset: "quick", Gated: &pixelcnn.Gated{Channels: 4, Layers: 2, First: 3},
		Steps: 20, Batch: 16, Rate: train.Rate{Peak: 1e-2}, Seed: 1,
	}
	for name, test := range map[string]struct {
		recipe pixelcnn.Recipe
		labels []uint8
	}{
		"plain":   {recipe.WithPlain(), nil},
		"gated":   {recipe, nil},
		"classes": {recipe.WithClasses(), images.Labels},
	} {
		t.Run(name, func(t *testing.T) {
			trained, err := test.recipe.Fit(digits)
			if err != nil {
				t.Fatal(err)
			}
			alice := trained.Coder(test.labels...)
			defer alice.Close()
			var out bytes.Buffer
			stats, err := coding.Encode(&out, alice, images)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(stats)
			var full score.Estimate
			if test.labels == nil {
				full, err = score.Nats(trained.Backend, trained.Store, trained.LogProb, images, images.N)
			} else {
				full, err = score.NatsGiven(trained.Backend, trained.Store, trained.LogProbGiven, images, images.N)
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := full.Bits() * float64(images.N); math.Abs(stats.NLL-want) > 1e-3 || math.Abs(want-8*49) < 1 {
				t.Errorf("%g bits by the incremental pass, %g by the full one", stats.NLL, want)
			}

			file := out.Bytes()
			opened, err := pixelcnn.Open("quick", test.recipe.Name)
			if err != nil {
				t.Fatal(err)
			}
			bob := opened.Coder(test.labels...)
			defer bob.Close()
			got, err := coding.Decode(bytes.NewReader(file), bob)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Pix, images.Pix) {
				t.Error("other images came back")
			}

			refused := func(what string, m coding.Conditionals) {
				t.Helper()
				got, err := coding.Decode(bytes.NewReader(file), m)
				if err == nil || !strings.HasPrefix(err.Error(), "coding: decoding: it was coded by another model: fingerprint ") || got.Pix != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			if test.labels != nil {
				others := slices.Clone(test.labels)
				others[0] = 9 - others[0]
				refused("another class", opened.Coder(others...))
				if _, err := coding.Encode(&out, opened.Coder(), images); err == nil || !strings.Contains(err.Error(), "0 labels, and none for image 0") {
					t.Errorf("no classes: %v", err)
				}
			}
			for v := range opened.Store.IterVariables() {
				if v.Trainable {
					values := tensors.MustCopyFlatData[float32](v.MustValue())
					values[0] = math.Nextafter32(values[0], 10)
					if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
						t.Fatal(err)
					}
					break
				}
			}
			refused("one weight changed", bob)
		})
	}
}
