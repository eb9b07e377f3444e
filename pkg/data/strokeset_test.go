package data_test

import (
	"testing"

	"github.com/curious-go/curious/pkg/data"
)

func TestStrokeDigits(t *testing.T) {
	d := data.StrokeDigits()
	if d.Train.N != 30_000 || d.Valid.N != 5000 || d.Test.N != 10_000 || d.Real || len(d.Train.Labels) != d.Train.N {
		t.Errorf("%v, %d labels", d, len(d.Train.Labels))
	}
	if want := "pen-stroke digits, threshold binarised, 28×28"; d.Title() != want || d.Height != 28 {
		t.Errorf("%q, want %q", d.Title(), want)
	}
	ones := 0
	for _, v := range d.Test.Pix {
		if v > 1 {
			t.Fatalf("a pixel is %d", v)
		}
		ones += int(v)
	}
	if share := float64(ones) / float64(len(d.Test.Pix)); share < 0.05 || share > 0.3 {
		t.Errorf("%.3f of the pixels are on", share)
	}
}
