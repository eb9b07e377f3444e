package show

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden images of testdata anew; look at them before committing")

func TestGolden(t *testing.T) {
	for name, fig := range gallery() {
		t.Run(name, func(t *testing.T) {
			data, err := fig.PNG()
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 40<<10 {
				t.Errorf("the file has %d bytes, more than 40 kB", len(data))
			}
			path := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: make it with go test ./pkg/show -run Golden -update", err)
			}
			got, want := decode(t, data), decode(t, golden)
			if got.Bounds() != want.Bounds() {
				t.Fatalf("size %v, want %v", got.Bounds(), want.Bounds())
			}
			// Processors differ in the last bit of a line's soft edge, and a bit may move a pixel to another of the 256 colours.
			if share := differing(got, want, 40); share > 0.001 {
				out := filepath.Join(t.TempDir(), "..", name+"-got.png")
				t.Errorf("%.2f%% of the pixels differ", 100*share)
				if os.WriteFile(out, data, 0o644) == nil {
					t.Logf("drawn now: %s", out)
				}
			}
		})
	}
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// differing is the share of pixels that differ by more than a number of 8-bit levels in some channel.
func differing(a, b image.Image, levels int) float64 {
	n := 0
	r := a.Bounds()
	for y := range r.Dy() {
		for x := range r.Dx() {
			ar, ag, ab, _ := a.At(x, y).RGBA()
			br, bg, bb, _ := b.At(x, y).RGBA()
			far := func(p, q uint32) bool { d := int(p>>8) - int(q>>8); return d > levels || d < -levels }
			if far(ar, br) || far(ag, bg) || far(ab, bb) {
				n++
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

// A golden test that nothing can fail would be worthless: another figure must differ.
func TestGoldenTells(t *testing.T) {
	a, err := Curves{Series: []Series{{Name: "a", Y: []float64{1, 2, 3}}}}.PNG()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Curves{Series: []Series{{Name: "a", Y: []float64{1, 2.1, 3}}}}.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if share := differing(decode(t, a), decode(t, b), 40); share <= 0.001 {
		t.Errorf("two different curves differ in only %.3f%% of their pixels", 100*share)
	}
}
