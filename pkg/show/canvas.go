package show

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/golang/freetype/raster"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// density is how many pixels are drawn for one shown pixel, so that figures are crisp on dense screens.
const density = 2

// maxPixels bounds a figure's size: beyond it no notebook shows it well, and a wrong length shows up as an error rather than as a full memory.
const maxPixels = 32 << 20

// point is a place on a canvas, in shown pixels from the top left.
type point struct{ x, y float64 }

// canvas is an opaque sheet; all its coordinates are shown pixels, density times finer underneath.
type canvas struct {
	ruler
	img  *image.RGBA
	ras  vector.Rasterizer
	mask []uint8 // the rasterizer's scratch
	kept census  // colours that the file keeps as they are
}

func newCanvas(w, h float64) (*canvas, error) {
	if !(w > 0 && h > 0) || w*h*density*density > maxPixels {
		return nil, fmt.Errorf("a picture of %.0f × %.0f pixels cannot be drawn: show fewer or smaller parts", w, h)
	}
	img := image.NewRGBA(image.Rect(0, 0, int(math.Ceil(w*density)), int(math.Ceil(h*density))))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	return &canvas{ruler: ruler{}, img: img}, nil
}

// width and height of the sheet in shown pixels.
func (c *canvas) width() float64  { return float64(c.img.Bounds().Dx()) / density }
func (c *canvas) height() float64 { return float64(c.img.Bounds().Dy()) / density }

// device is the nearest whole device pixel.
func device(v float64) int { return int(math.Round(v * density)) }

// rect fills a rectangle, its edges on whole device pixels so that they are sharp.
func (c *canvas) rect(x0, y0, x1, y1 float64, col color.Color) {
	box := image.Rect(device(x0), device(y0), device(x1), device(y1))
	draw.Draw(c.img, box, image.NewUniform(col), image.Point{}, draw.Over)
}

// hline and vline draw sharp thin lines, w device pixels wide.
func (c *canvas) hline(x0, x1, y float64, w int, col color.Color) {
	top := device(y) - w/2
	draw.Draw(c.img, image.Rect(device(x0), top, device(x1), top+w), image.NewUniform(col), image.Point{}, draw.Over)
}

func (c *canvas) vline(x, y0, y1 float64, w int, col color.Color) {
	left := device(x) - w/2
	draw.Draw(c.img, image.Rect(left, device(y0), left+w, device(y1)), image.NewUniform(col), image.Point{}, draw.Over)
}

// box is a region of the canvas that drawing is clipped to.
type box struct{ left, top, right, bottom float64 }

// whole is the clip region of an unclipped drawing.
func (c *canvas) whole() box { return box{0, 0, c.width(), c.height()} }

// outline collects a shape's edges, in device pixels, and then fills it. It is a raster.Adder, so that a stroker can write into it.
type outline struct {
	fixed.Rectangle26_6
	edges []edge
}

type edge struct {
	to   fixed.Point26_6
	move bool
}

func (o *outline) add(p fixed.Point26_6, move bool) {
	if len(o.edges) == 0 {
		o.Min, o.Max = p, p
	}
	o.Min.X, o.Min.Y = min(o.Min.X, p.X), min(o.Min.Y, p.Y)
	o.Max.X, o.Max.Y = max(o.Max.X, p.X), max(o.Max.Y, p.Y)
	o.edges = append(o.edges, edge{p, move})
}

func (o *outline) Start(a fixed.Point26_6) { o.add(a, true) }
func (o *outline) Add1(b fixed.Point26_6)  { o.add(b, false) }

// Add2 draws a quadratic curve; only round joins and caps have them, so few steps do.
func (o *outline) Add2(b, c fixed.Point26_6) {
	a := o.edges[len(o.edges)-1].to
	const steps = 4
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		at := func(a, b, c fixed.Int26_6) fixed.Int26_6 {
			return fixed.Int26_6((1-t)*(1-t)*float64(a) + 2*t*(1-t)*float64(b) + t*t*float64(c))
		}
		o.add(fixed.Point26_6{X: at(a.X, b.X, c.X), Y: at(a.Y, b.Y, c.Y)}, false)
	}
}

// Add3 is part of raster.Adder; strokers of straight lines do not call it.
func (o *outline) Add3(_, _, d fixed.Point26_6) { o.add(d, false) }

// paint fills an outline within a region.
func (c *canvas) paint(o *outline, within box, col color.Color) {
	area := image.Rect(o.Min.X.Floor(), o.Min.Y.Floor(), o.Max.X.Ceil()+1, o.Max.Y.Ceil()+1).
		Intersect(image.Rect(device(within.left), device(within.top), device(within.right), device(within.bottom))).
		Intersect(c.img.Bounds())
	if area.Empty() || len(o.edges) == 0 {
		return
	}
	c.ras.Reset(area.Dx(), area.Dy())
	c.ras.DrawOp = draw.Src
	at := func(p fixed.Point26_6) (float32, float32) {
		return float32(p.X)/64 - float32(area.Min.X), float32(p.Y)/64 - float32(area.Min.Y)
	}
	for _, e := range o.edges {
		if e.move {
			c.ras.ClosePath()
			c.ras.MoveTo(at(e.to))
		} else {
			c.ras.LineTo(at(e.to))
		}
	}
	c.ras.ClosePath()
	size := area.Dx() * area.Dy()
	if cap(c.mask) < size {
		c.mask = make([]uint8, size)
	}
	mask := &image.Alpha{Pix: c.mask[:size], Stride: area.Dx(), Rect: image.Rect(0, 0, area.Dx(), area.Dy())}
	c.ras.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	over(c.img, area, mask, col)
}

// over lays a colour over the pixels of an opaque image, as thickly as a mask says. It is draw.DrawMask, fast where the mask is mostly empty.
func over(dst *image.RGBA, area image.Rectangle, mask *image.Alpha, col color.Color) {
	n := color.NRGBAModel.Convert(col).(color.NRGBA)
	for y := range area.Dy() {
		shade := mask.Pix[y*mask.Stride : y*mask.Stride+area.Dx()]
		row := dst.Pix[dst.PixOffset(area.Min.X, area.Min.Y+y):]
		for x, m := range shade {
			if m == 0 {
				continue
			}
			a := uint32(m) * uint32(n.A)
			p := row[4*x : 4*x+3 : 4*x+3]
			const full = 255 * 255
			p[0] = uint8((uint32(p[0])*(full-a) + uint32(n.R)*a + full/2) / full)
			p[1] = uint8((uint32(p[1])*(full-a) + uint32(n.G)*a + full/2) / full)
			p[2] = uint8((uint32(p[2])*(full-a) + uint32(n.B)*a + full/2) / full)
		}
	}
}

// near pulls far-away points to where the rasterizer's numbers still hold them.
func near(p point) point {
	const far = 15000
	return point{max(-far, min(far, p.x)), max(-far, min(far, p.y))}
}

// fix turns shown pixels into the rasterizer's numbers.
func fix(p point) fixed.Point26_6 {
	p = near(p)
	return fixed.Point26_6{X: fixed.Int26_6(p.x * density * 64), Y: fixed.Int26_6(p.y * density * 64)}
}

// line strokes a path, width in shown pixels; dash alternates drawn and skipped lengths.
func (c *canvas) line(path []point, width float64, dash []float64, within box, col color.Color) {
	var o outline
	w := fixed.Int26_6(width * density * 64)
	for _, piece := range dashes(path, dash) {
		var p raster.Path
		last := fix(piece[0])
		p.Start(last)
		for _, q := range piece[1:] {
			if f := fix(q); f != last {
				p.Add1(f)
				last = f
			}
		}
		raster.Stroke(&o, p, w, raster.RoundCapper, raster.RoundJoiner)
	}
	c.paint(&o, within, col)
}

// dashes cuts a path into the pieces of it that are drawn.
func dashes(path []point, dash []float64) [][]point {
	if len(path) < 2 {
		return nil
	}
	if len(dash) == 0 {
		return [][]point{path}
	}
	var pieces [][]point
	k, left, piece := 0, dash[0], []point{path[0]}
	for i := 1; i < len(path); i++ {
		a, b := near(path[i-1]), near(path[i])
		for {
			d := math.Hypot(b.x-a.x, b.y-a.y)
			if d < left {
				left -= d
				break
			}
			a = point{a.x + (b.x-a.x)*left/d, a.y + (b.y-a.y)*left/d}
			if k%2 == 0 {
				pieces = append(pieces, append(piece, a))
			}
			k++
			left, piece = dash[k%len(dash)], []point{a}
		}
		piece = append(piece, b)
	}
	if k%2 == 0 && len(piece) > 1 {
		pieces = append(pieces, piece)
	}
	return pieces
}

// fill fills a closed polygon.
func (c *canvas) fill(path []point, within box, col color.Color) {
	if len(path) < 3 {
		return
	}
	var o outline
	o.Start(fix(path[0]))
	for _, q := range path[1:] {
		o.Add1(fix(q))
	}
	c.paint(&o, within, col)
}

// disc is a filled circle.
func (c *canvas) disc(x, y, r float64, col color.Color) {
	n := 8 + int(4*r)
	path := make([]point, n)
	for i := range path {
		s, co := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		path[i] = point{x + r*co, y + r*s}
	}
	c.fill(path, c.whole(), col)
}

// picture draws an image with its top left corner at (x, y), each of its pixels a square of k device pixels.
func (c *canvas) picture(src image.Image, x, y float64, k int) {
	b := src.Bounds()
	left, top := device(x), device(y)
	last := uint32(0)
	for j := range b.Dy() {
		row := c.img.Pix[c.img.PixOffset(left, top+j*k):]
		at := 0
		for i := range b.Dx() {
			r, g, bl := overPaper(src, b.Min.X+i, b.Min.Y+j)
			if colour := colourOf(r, g, bl); colour != last {
				c.kept.slot(colour)
				last = colour
			}
			for range k {
				row[at], row[at+1], row[at+2], row[at+3] = r, g, bl, 255
				at += 4
			}
		}
		line := row[:at]
		for d := 1; d < k; d++ {
			copy(c.img.Pix[c.img.PixOffset(left, top+j*k+d):], line)
		}
	}
}

// overPaper is a pixel of a picture as 8-bit colour; what is transparent shows the paper.
func overPaper(src image.Image, x, y int) (r, g, b uint8) {
	switch m := src.(type) {
	case *image.Gray:
		v := m.Pix[m.PixOffset(x, y)]
		return v, v, v
	case *image.RGBA:
		if p := m.Pix[m.PixOffset(x, y):]; p[3] == 255 {
			return p[0], p[1], p[2]
		}
	case *image.NRGBA:
		if p := m.Pix[m.PixOffset(x, y):]; p[3] == 255 {
			return p[0], p[1], p[2]
		}
	}
	cr, cg, cb, ca := src.At(x, y).RGBA()
	mix := func(v uint32, under uint8) uint8 { return uint8((v + uint32(under)*0x101*(0xffff-ca)/0xffff) >> 8) }
	return mix(cr, paper.R), mix(cg, paper.G), mix(cb, paper.B)
}
