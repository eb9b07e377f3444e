package coding

import (
	"bytes"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/curious-go/curious/pkg/data"
)

func noise(n, h, w, c, levels int) data.Images {
	random := rand.New(rand.NewPCG(3, 3))
	m := data.Images{N: n, H: h, W: w, C: c, Levels: levels, Pix: make([]uint8, n*h*w*c)}
	for i := range m.Pix {
		m.Pix[i] = uint8(random.IntN(levels))
	}
	return m
}

// Noise cannot be compressed: no file is shorter than its information, and the raw one is exactly that.
func TestCompareNoise(t *testing.T) {
	for _, images := range []data.Images{noise(20, 14, 14, 1, 2), noise(10, 8, 8, 1, 16), noise(10, 8, 8, 1, 256), noise(10, 8, 8, 3, 256), noise(3, 4, 4, 2, 256)} {
		sizes, err := Compare(images, Peers()...)
		if err != nil {
			t.Fatal(err)
		}
		want := len(images.Pix) * map[int]int{2: 1, 16: 4, 256: 8}[images.Levels]
		header, rows := sizes.Rows()
		t.Log(header, rows)
		if 8*sizes[0].Bytes != want || len(rows) != 4 {
			t.Errorf("raw: %d bytes for %d bits", sizes[0].Bytes, want)
		}
		for _, s := range sizes[1:] {
			if 8*s.Bytes < want {
				t.Errorf("%s: %d bytes for %d bits of noise", s.Name, s.Bytes, want)
			}
		}
	}
}

// A sheet decoded again holds the same values, and binary images take one bit a pixel, three-coloured ones 24.
func TestSheet(t *testing.T) {
	for _, c := range []struct {
		images      data.Images
		depth, kind byte // of PNG's header: https://www.w3.org/TR/png-3/#11IHDR
	}{
		{noise(3, 5, 7, 1, 2), 1, 3}, {noise(3, 5, 7, 1, 16), 4, 3}, {noise(3, 5, 7, 1, 256), 8, 0}, {noise(3, 5, 7, 3, 256), 8, 2}, {noise(3, 5, 7, 2, 17), 8, 0},
	} {
		var file bytes.Buffer
		if err := encodePNG(&file, sheet(c.images)); err != nil {
			t.Fatal(err)
		}
		if depth, kind := file.Bytes()[24], file.Bytes()[25]; depth != c.depth || kind != c.kind {
			t.Errorf("%v: bit depth %d, colour type %d", shapeOf(c.images), depth, kind)
		}
		m, err := png.Decode(&file)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint8
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				r, g, b, _ := m.At(x, y).RGBA()
				grey := uint8(r >> 8)
				if c.images.Levels <= 16 {
					grey = uint8(int(grey) * (c.images.Levels - 1) / 255)
				}
				got = append(got, grey)
				if c.images.C == 3 {
					got = append(got, uint8(g>>8), uint8(b>>8))
				}
			}
		}
		if !bytes.Equal(got, c.images.Pix) {
			t.Errorf("%v: other values came back", shapeOf(c.images))
		}
	}
}

func TestPacked(t *testing.T) {
	for levels, want := range map[int][]byte{2: {0b1010_0000}, 3: {0b01_00_01_00, 0b10_000000}, 256: {1, 0, 1, 0, 2}} {
		pix := []uint8{1, 0, 1, 0, 2}
		if levels == 2 {
			pix = pix[:4]
		}
		if got := packed(data.Images{Levels: levels, Pix: pix}); !bytes.Equal(got, want) {
			t.Errorf("%d levels: %08b", levels, got)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	images := noise(2, 3, 3, 1, 2)
	_, err := Compare(data.Images{}, Peers()...)
	says(t, err, "coding: comparing sizes: images of 0×0×0")
	wrong := images
	wrong.N = 3
	_, err = Compare(wrong, Peers()...)
	says(t, err, "coding: comparing sizes: 18 values for 3 images")
	m := &toy{shape: shapeOf(images), sharpness: 1}
	stats, err := Encode(io.Discard, m, images)
	if err != nil {
		t.Fatal(err)
	}
	if sizes, err := Compare(images, Coded("toy", stats)); err != nil || sizes[0].Bytes != stats.Bits/8 {
		t.Error(sizes, err)
	}
	_, err = Compare(images.Range(0, 1), Coded("toy", stats))
	says(t, err, "coding: comparing sizes: toy: it holds 2 images of 9 symbols, not 1 of 9: code the same images")
}
