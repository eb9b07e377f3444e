package show

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"
)

// dot is a 5×4 picture of paper with one pixel of ink.
func dot(x, y int, ink color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 5, 4))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	img.Set(x, y, ink)
	return img
}

// colourful has more colours than a palette.
func colourful(shift int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 20, 20))
	for i := range 400 {
		img.Set(i%20, i/20, color.RGBA{uint8(i), uint8(i / 2), uint8(shift), 255})
	}
	return img
}

// Played as the standard says, every frame shows its picture, and the still image is the last one. Expected values: the frames themselves.
func TestAnimationPlays(t *testing.T) {
	red, grey := color.RGBA{200, 0, 0, 255}, color.Gray{120}
	for name, a := range map[string]Animation{
		"grey":    {Frames: []image.Image{dot(0, 0, grey), dot(1, 0, grey), dot(1, 0, grey), dot(4, 3, grey)}, Scale: 2},
		"palette": {Frames: []image.Image{dot(0, 0, red), dot(3, 2, red), dot(4, 3, grey)}, Scale: 1, Delay: 30 * time.Millisecond},
		"colours": {Frames: []image.Image{colourful(1), colourful(90)}, Scale: 1},
		"one":     {Frames: []image.Image{dot(2, 2, red)}},
		"shifted": {Frames: []image.Image{dot(0, 0, red), colourful(3).(*image.RGBA).SubImage(image.Rect(7, 8, 12, 12))}, Scale: 3},
	} {
		data, err := a.PNG()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		still, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		k := a.devicePixels()
		same := func(what string, got image.Image, want image.Image) {
			t.Helper()
			for y := range got.Bounds().Dy() {
				for x := range got.Bounds().Dx() {
					if g, w := onWhite(got.At(x, y)), onWhite(want.At(want.Bounds().Min.X+x/k, want.Bounds().Min.Y+y/k)); g != w {
						t.Fatalf("%s: %s: pixel (%d,%d) is %v, want %v", name, what, x, y, g, w)
					}
				}
			}
		}
		same("still", still, a.Frames[len(a.Frames)-1])
		var delays []int
		play(t, data, func(i int, canvas image.Image, delay int) {
			same("frame", canvas, a.Frames[i])
			delays = append(delays, delay)
		})
		if len(delays) != len(a.Frames) {
			t.Errorf("%s: %d frames played, want %d", name, len(delays), len(a.Frames))
		}
		each := 80
		if a.Delay > 0 {
			each = int(a.Delay.Milliseconds())
		}
		if delays[len(delays)-1] != each+2000 || len(delays) > 1 && delays[0] != each {
			t.Errorf("%s: frames stay for %v ms", name, delays)
		}
	}
}

// play is a player: it puts every frame's part on a canvas, as the chunks say.
func play(t *testing.T, data []byte, shown func(i int, canvas image.Image, delay int)) {
	t.Helper()
	var header []byte // signature and what comes before the first frame
	var canvas *image.RGBA
	var at image.Rectangle
	number, frame, promised, delay := uint32(0), 0, 0, 0
	rest := data[8:]
	for len(rest) > 0 {
		n := binary.BigEndian.Uint32(rest)
		kind, body := string(rest[4:8]), rest[8:8+n]
		if crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			t.Fatalf("the checksum of %s is wrong", kind)
		}
		word := func(i int) int { return int(binary.BigEndian.Uint32(body[4*i:])) }
		if kind == "fcTL" || kind == "fdAT" {
			if binary.BigEndian.Uint32(body) != number {
				t.Fatalf("%s has number %d, want %d", kind, word(0), number)
			}
			number++
		}
		switch kind {
		case "IHDR":
			canvas = image.NewRGBA(image.Rect(0, 0, word(0), word(1)))
			header = append(header, body...)
		case "PLTE":
			header = append(header, body...)
		case "acTL":
			promised = word(0)
			if word(1) != 0 {
				t.Error("it does not run over and over")
			}
		case "fcTL":
			at = image.Rect(word(3), word(4), word(3)+word(1), word(4)+word(2))
			delay = int(binary.BigEndian.Uint16(body[20:]))
			if binary.BigEndian.Uint16(body[22:]) != 1000 || body[24] != 0 || body[25] != 0 {
				t.Error("unexpected control", body[20:])
			}
		case "fdAT":
			f := &film{}
			f.Write(pngSignature)
			f.chunk("IHDR", append(numbers32(at.Dx(), at.Dy()), header[8:13]...))
			if len(header) > 13 {
				f.chunk("PLTE", header[13:])
			}
			f.chunk("IDAT", body[4:])
			f.chunk("IEND", nil)
			part, err := png.Decode(f)
			if err != nil {
				t.Fatalf("frame %d: %v", frame, err)
			}
			if frame == 0 && at != canvas.Bounds() {
				t.Error("the first frame is not whole")
			}
			draw.Draw(canvas, at, part, part.Bounds().Min, draw.Src)
			shown(frame, canvas, delay)
			frame++
		}
		rest = rest[12+n:]
	}
	if frame != promised {
		t.Errorf("%d frames, %d promised", frame, promised)
	}
}

// A hundred frames of small pictures being drawn take little room, and a bundle shows them as any picture.
func TestAnimationIsSmall(t *testing.T) {
	var frames []image.Image
	for i := range 100 {
		pix := make([]float32, 56*56)
		for k := range pix[:i*31] {
			pix[k] = float32(k*k%7) / 7
		}
		frames = append(frames, Grey(56, 56, pix))
	}
	d, err := bundle(Animation{Frames: frames}, true)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(d.Data["image/png"].([]byte)); n > 60_000 {
		t.Errorf("%d bytes", n)
	}
	if d.Data["text/plain"] != "[animation: 100 frames, 8.0 s]" {
		t.Error(d.Data["text/plain"])
	}
}

func TestAnimationInput(t *testing.T) {
	one := dot(0, 0, color.Black)
	for name, test := range map[string]struct {
		a    Animation
		says string
	}{
		"none":   {Animation{}, "there are no frames"},
		"nil":    {Animation{Frames: []image.Image{one, nil}}, "frame 1: it is nil"},
		"sizes":  {Animation{Frames: []image.Image{one, colourful(1)}}, "frame 1 is 20×20, the first is 5×4: give frames of one size"},
		"delay":  {Animation{Frames: []image.Image{one}, Delay: -1}, "use one from 0 to a minute"},
		"scale":  {Animation{Frames: []image.Image{one}, Scale: -1}, "use one from 0 to 64"},
		"large":  {Animation{Frames: []image.Image{image.NewGray(image.Rect(0, 0, 9000, 9000))}}, "give fewer or smaller ones"},
		"broken": {Animation{Frames: []image.Image{Together(nil, 1, 1)}}, "frame 0: 0 pictures, 1 in a row, 1 pixels apart, cannot be laid together"},
		"uneven": {Animation{Frames: []image.Image{Together([]image.Image{one, colourful(1)}, 2, 1)}}, "picture 1 is 20×20, the first is 5×4"},
	} {
		_, err := test.a.PNG()
		if err == nil || !strings.HasPrefix(err.Error(), "show: drawing an animation: ") || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", name, err, test.says)
		}
	}
}

// Three pictures two in a row, a pixel apart: where each pixel must be follows from the sizes.
func TestTogether(t *testing.T) {
	img := Together([]image.Image{dot(0, 0, color.Black), dot(4, 0, color.Black), dot(0, 3, color.Black)}, 2, 1)
	if img.Bounds() != image.Rect(0, 0, 11, 9) {
		t.Fatal(img.Bounds())
	}
	for at, want := range map[image.Point]uint8{{0, 0}: 0, {10, 0}: 0, {0, 8}: 0, {1, 0}: 255, {5, 0}: 0xdd, {8, 8}: 0xdd} {
		if got := onWhite(img.At(at.X, at.Y)).R; got != want {
			t.Errorf("%v is %d, want %d", at, got, want)
		}
	}
}

// Of a picture drawn in an order, what comes before the n-th is as it is, the n-th may be marked, and the rest is hidden.
func TestBegun(t *testing.T) {
	img := colourful(1).(*image.RGBA).SubImage(image.Rect(3, 4, 6, 6)) // 3×2
	order := []int{5, 0, 1, 4, 3, 2}
	for _, test := range []struct {
		got         image.Image
		drawn, next []int
	}{
		{Begun(img, 4, nil), []int{0, 1, 2, 3}, nil},
		{Begun(img, 3, order), []int{5, 0, 1}, nil},
		{Next(img, 3, order), []int{5, 0, 1}, []int{4}},
		{Next(img, 0, nil), nil, []int{0}},
		{Next(img, 6, nil), []int{0, 1, 2, 3, 4, 5}, nil},
	} {
		for i := range 6 {
			want := color.Color(notYet)
			if slices.Contains(test.next, i) {
				want = comes
			} else if slices.Contains(test.drawn, i) {
				want = img.At(3+i%3, 4+i/3)
			}
			if got := test.got.At(i%3, i/3); got != want {
				t.Errorf("%v, %v: place %d is %v, want %v", test.drawn, test.next, i, got, want)
			}
		}
	}
	for says, img := range map[string]image.Image{
		"7 pixels of a picture of 6": Begun(img, 7, nil), "in an order of 1": Next(img, 1, []int{0}),
		"place 9 of a picture of 6": Begun(img, 1, []int{0, 1, 2, 3, 4, 9}), "it is nil": Begun(nil, 1, nil),
	} {
		if _, err := (Animation{Frames: []image.Image{img}}).PNG(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
