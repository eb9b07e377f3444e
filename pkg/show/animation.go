package show

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"time"
)

// Animation is a film of pictures of one size, which runs over and over. It is an animated PNG (https://www.w3.org/TR/png-3/#apng-frame-based-animation):
// browsers, and so JupyterLab and GitHub, play it as any image/png; who does not know of animation shows the last frame.
//
// Given: Frames. The zero value of everything else is a good choice:
type Animation struct {
	Frames []image.Image
	Delay  time.Duration // each frame's time; the last stays for two seconds more [80 ms]
	Scale  int           // shown pixels per picture pixel [chosen so that the picture is at most 420 wide, between 1 and 16]
}

const (
	animationDelay  = 80 * time.Millisecond
	animationWidth  = 420
	animationPause  = 2 * time.Second
	animationPixels = 64 << 20 // of all frames together; more would make a notebook of many megabytes
)

func (a Animation) String() string {
	return fmt.Sprintf("[animation: %d frames, %.1f s]", len(a.Frames), float64(len(a.Frames))*cmp.Or(a.Delay, animationDelay).Seconds())
}

// PNG is the whole animation.
func (a Animation) PNG() ([]byte, error) {
	data, err := a.encode()
	if err != nil {
		return nil, fmt.Errorf("show: drawing an animation: %w", err)
	}
	return data, nil
}

func (a Animation) check() error {
	switch {
	case len(a.Frames) == 0:
		return fmt.Errorf("there are no frames")
	case a.Delay < 0 || a.Delay > time.Minute:
		return fmt.Errorf("a delay of %v: use one from 0 to a minute", a.Delay)
	case a.Scale < 0 || a.Scale > 64:
		return fmt.Errorf("a scale of %d: use one from 0 to 64", a.Scale)
	}
	for i, f := range a.Frames {
		if err := checkImage(f); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		if got, want := f.Bounds().Size(), a.Frames[0].Bounds().Size(); got != want {
			return fmt.Errorf("frame %d is %d×%d, the first is %d×%d: give frames of one size", i, got.X, got.Y, want.X, want.Y)
		}
	}
	size, k := a.Frames[0].Bounds().Size(), a.devicePixels()
	if all := len(a.Frames) * size.X * size.Y * k * k; all > animationPixels {
		return fmt.Errorf("%d frames of %d×%d pixels, enlarged %d times: give fewer or smaller ones", len(a.Frames), size.X, size.Y, k)
	}
	return nil
}

// devicePixels is the enlargement.
func (a Animation) devicePixels() int {
	return density * cmp.Or(a.Scale, max(1, min(16, animationWidth/a.Frames[0].Bounds().Dx())))
}

func (a Animation) encode() ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	frames, k := sameKind(a.Frames), a.devicePixels()
	size, n := frames[0].Bounds().Size().Mul(k), len(frames)
	film := &film{}
	still, err := pngChunks(enlarged(frames[n-1], frames[n-1].Bounds(), k))
	if err != nil {
		return nil, err
	}
	film.Write(pngSignature)
	film.chunk("IHDR", still["IHDR"])
	if palette := still["PLTE"]; palette != nil {
		film.chunk("PLTE", palette)
	}
	film.chunk("acTL", numbers32(n, 0)) // over and over
	film.chunk("IDAT", still["IDAT"])   // no fcTL before it: it is not part of the film
	delay := cmp.Or(a.Delay, animationDelay)
	for i, f := range frames {
		part := f.Bounds() // what changed since the last frame, which stays below
		if i > 0 {
			part = changed(frames[i-1], f)
		}
		if i == n-1 {
			delay += animationPause
		}
		at := part.Min.Sub(f.Bounds().Min).Mul(k)
		film.control(image.Rectangle{at, at.Add(part.Size().Mul(k))}, delay)
		chunks, err := pngChunks(enlarged(f, part, k))
		if err != nil {
			return nil, err
		}
		film.numbered("fdAT", chunks["IDAT"])
	}
	film.chunk("IEND", nil)
	if got, err := png.DecodeConfig(bytes.NewReader(film.Bytes())); err != nil || got.Width != size.X || got.Height != size.Y {
		return nil, fmt.Errorf("what was written cannot be read: %dx%d: %w", got.Width, got.Height, err)
	}
	return film.Bytes(), nil
}

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// film is a PNG file that grows.
type film struct {
	bytes.Buffer
	number uint32 // of the next chunk that is part of the film
}

func (f *film) chunk(kind string, data []byte) {
	body := append([]byte(kind), data...)
	f.Write(numbers32(len(data)))
	f.Write(body)
	f.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
}

func (f *film) numbered(kind string, data []byte) {
	f.chunk(kind, append(numbers32(int(f.number)), data...))
	f.number++
}

// control says where the next frame goes and how long it stays.
func (f *film) control(at image.Rectangle, delay time.Duration) {
	data := numbers32(at.Dx(), at.Dy(), at.Min.X, at.Min.Y)
	data = binary.BigEndian.AppendUint16(data, uint16(min(65535, delay.Milliseconds())))
	data = binary.BigEndian.AppendUint16(data, 1000)
	f.numbered("fcTL", append(data, 0, 0)) // leave it there, and overwrite what is below
}

func numbers32(list ...int) []byte {
	var out []byte
	for _, n := range list {
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	return out
}

// pngChunks are the parts of a picture's PNG file by their kind.
func pngChunks(img image.Image) (map[string][]byte, error) {
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, img); err != nil {
		return nil, err
	}
	chunks := map[string][]byte{}
	for rest := file.Bytes()[len(pngSignature):]; len(rest) > 0; {
		n := binary.BigEndian.Uint32(rest)
		kind := string(rest[4:8])
		chunks[kind] = append(chunks[kind], rest[8:8+n]...)
		rest = rest[12+n:]
	}
	return chunks, nil
}

// sameKind gives all frames one colour model, since a PNG has only one: grey, a palette of up to 256 colours, or all colours.
func sameKind(frames []image.Image) []draw.Image {
	grey, seen := true, map[color.RGBA]bool{}
	var palette color.Palette
	for _, f := range frames {
		b := f.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				c := onWhite(f.At(x, y))
				grey = grey && c.R == c.G && c.G == c.B
				if len(palette) <= 256 && !seen[c] {
					seen[c] = true
					palette = append(palette, c)
				}
			}
		}
	}
	out := make([]draw.Image, len(frames))
	for i, f := range frames {
		b := f.Bounds()
		switch {
		case grey:
			out[i] = image.NewGray(b)
		case len(palette) <= 256:
			out[i] = image.NewPaletted(b, palette)
		default:
			out[i] = image.NewRGBA(b)
		}
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				out[i].Set(x, y, onWhite(f.At(x, y)))
			}
		}
	}
	return out
}

// onWhite is a colour laid on white paper.
func onWhite(c color.Color) color.RGBA {
	r, g, b, a := c.RGBA()
	on := func(v uint32) uint8 { return uint8((v + 0xffff - a) >> 8) }
	return color.RGBA{on(r), on(g), on(b), 255}
}

// changed is the smallest rectangle that holds all that differs, at least a pixel.
func changed(before, after image.Image) image.Rectangle {
	b, off := after.Bounds(), before.Bounds().Min.Sub(after.Bounds().Min)
	var all image.Rectangle
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if before.At(x+off.X, y+off.Y) != after.At(x, y) {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if all.Empty() {
		return image.Rectangle{b.Min, b.Min.Add(image.Pt(1, 1))}
	}
	return all
}

// enlarged is a part of a picture, each pixel k by k.
func enlarged(img draw.Image, part image.Rectangle, k int) image.Image {
	size := image.Rectangle{Max: part.Size().Mul(k)}
	var out draw.Image
	switch img := img.(type) {
	case *image.Gray:
		out = image.NewGray(size)
	case *image.Paletted:
		out = image.NewPaletted(size, img.Palette)
	default:
		out = image.NewRGBA(size)
	}
	for y := range size.Max.Y {
		for x := range size.Max.X {
			out.Set(x, y, img.At(part.Min.X+x/k, part.Min.Y+y/k))
		}
	}
	return out
}

// Together lays pictures of one size side by side into a single one, so many in a row, gap pixels of light grey between them: a frame of an [Animation] in which
// several things happen at once.
func Together(pictures []image.Image, columns, gap int) image.Image {
	if len(pictures) == 0 || columns < 1 || gap < 0 {
		return broken{fmt.Errorf("%d pictures, %d in a row, %d pixels apart, cannot be laid together", len(pictures), columns, gap)}
	}
	for i, p := range pictures {
		if err := checkImage(p); err != nil {
			return broken{fmt.Errorf("picture %d: %w", i, err)}
		}
		if got, want := p.Bounds().Size(), pictures[0].Bounds().Size(); got != want {
			return broken{fmt.Errorf("picture %d is %d×%d, the first is %d×%d: give pictures of one size", i, got.X, got.Y, want.X, want.Y)}
		}
	}
	columns = min(columns, len(pictures))
	rows := (len(pictures) + columns - 1) / columns
	step := pictures[0].Bounds().Size().Add(image.Pt(gap, gap))
	out := image.NewRGBA(image.Rect(0, 0, columns*step.X-gap, rows*step.Y-gap))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{0xdd}), image.Point{}, draw.Src)
	for i, p := range pictures {
		at := image.Pt(i%columns*step.X, i/columns*step.Y)
		draw.Draw(out, image.Rectangle{at, at.Add(p.Bounds().Size())}, p, p.Bounds().Min, draw.Src)
	}
	return out
}

// The colours of what is not drawn yet, and of the pixel that comes next.
var (
	notYet = color.RGBA{196, 208, 224, 255}
	comes  = color.RGBA{200, 40, 30, 255}
)

// Begun is a picture of which n pixels are drawn, in the given order of their places (row·width + column; nil is row by row); the rest is pale blue. It is what an
// [Animation] of a model at work is made of.
func Begun(img image.Image, n int, order []int) image.Image { return begun(img, n, order, false) }

// Next is [Begun] with the pixel that comes next in red.
func Next(img image.Image, n int, order []int) image.Image { return begun(img, n, order, true) }

func begun(img image.Image, n int, order []int, mark bool) image.Image {
	if err := checkImage(img); err != nil {
		return broken{err}
	}
	b := img.Bounds()
	size := b.Dx() * b.Dy()
	if n < 0 || n > size || order != nil && len(order) != size {
		return broken{fmt.Errorf("%d pixels of a picture of %d, in an order of %d, cannot be drawn", n, size, len(order))}
	}
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for t := range size {
		place := t
		if order != nil {
			place = order[t]
		}
		if place < 0 || place >= size {
			return broken{fmt.Errorf("the order names place %d of a picture of %d pixels", place, size)}
		}
		x, y := place%b.Dx(), place/b.Dx()
		switch {
		case t < n:
			out.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
		case t == n && mark:
			out.Set(x, y, comes)
		default:
			out.Set(x, y, notYet)
		}
	}
	return out
}
