package show

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
)

// Scatter is a cloud of points, coloured by class: codes of a model, a t-SNE picture.
type Scatter struct {
	Title  string
	XLabel string
	YLabel string
	X, Y   []float64
	Class  []int         // class of each point, an index into Names and [Palette] [one class]
	Names  []string      // names of the classes, written onto the middle of each, or above with Key
	Key    bool          // names of the classes above the points, for classes that lie over each other
	Images []image.Image // a small picture of each point, shown when one points at it in a notebook [none]
	Bare   bool          // no axes and one scale for both directions: for t-SNE, whose places mean nothing by themselves
	Radius float64       // of a point, shown pixels [by the number of points]
	Width  float64       // shown pixels [700]
	Height float64       // shown pixels [480]
}

func (f Scatter) String() string {
	return fmt.Sprintf("[%sscatter: %d points]", named(f.Title), len(f.X))
}

// PNG draws the cloud.
func (f Scatter) PNG() ([]byte, error) { return render(f) }

func (f Scatter) check() error {
	n := len(f.X)
	switch {
	case n == 0:
		return fmt.Errorf("there are no points")
	case len(f.Y) != n:
		return fmt.Errorf("%d x values for %d y values", n, len(f.Y))
	case f.Class != nil && len(f.Class) != n:
		return fmt.Errorf("%d classes for %d points", len(f.Class), n)
	case f.Images != nil && len(f.Images) != n:
		return fmt.Errorf("%d images for %d points", len(f.Images), n)
	}
	if err := finite("X", f.X); err != nil {
		return err
	}
	if err := finite("Y", f.Y); err != nil {
		return err
	}
	for i, k := range f.Class {
		if k < 0 || len(f.Names) > 0 && k >= len(f.Names) {
			return fmt.Errorf("the class of point %d is %d, and there are %d names", i, k, len(f.Names))
		}
	}
	for i, img := range f.Images {
		if err := checkImage(img); err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
	}
	return nil
}

func (f Scatter) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing a scatter%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Scatter) class(i int) int {
	if f.Class == nil {
		return 0
	}
	return f.Class[i]
}

// classes is how many classes there are.
func (f Scatter) classes() int {
	if len(f.Names) > 0 {
		return len(f.Names)
	}
	n := 1
	for _, k := range f.Class {
		n = max(n, k+1)
	}
	return n
}

func (f Scatter) className(k int) string {
	if k < len(f.Names) {
		return f.Names[k]
	}
	return fmt.Sprint(k)
}

// dots is the size and the opacity of points: the more points, the smaller.
func (f Scatter) dots() (radius, opacity float64) {
	n := float64(len(f.X))
	radius, opacity = f.Radius, 0.85
	if radius <= 0 {
		radius = max(1.4, min(4, 110/math.Sqrt(n)))
	}
	if n > 1000 {
		opacity = 0.75
	}
	return radius, opacity
}

// lay draws all but the points, and returns where they go.
func (f Scatter) lay() (*canvas, axes, *frame, error) {
	x, y := span{lo: f.X[0], hi: f.X[0]}, span{lo: f.Y[0], hi: f.Y[0]}
	for i := range f.X {
		x.include(f.X[i])
		y.include(f.Y[i])
	}
	x.pad(0.03, 0.03)
	y.pad(0.03, 0.03)
	x.single, y.single = false, false
	fr := &frame{title: f.Title, xLabel: f.XLabel, yLabel: f.YLabel, width: f.Width, height: cmp.Or(f.Height, 480), bare: f.Bare}
	if f.Key {
		for k, name := range f.Names {
			fr.key = append(fr.key, keyEntry{name, hue(k)})
		}
	}
	c, a, err := fr.begin(x, y)
	if err == nil && f.Bare {
		a.equal()
	}
	return c, a, fr, err
}

func (f Scatter) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, a, _, err := f.lay()
	if err != nil {
		return nil, err
	}
	radius, opacity := f.dots()
	s := newStamp(c, radius)
	for i := range f.X {
		s.put(a.px(f.X[i]), a.py(f.Y[i]), tint(hue(f.class(i)), opacity))
	}
	if !f.Key {
		for k, name := range f.Names {
			if x, y, ok := f.placeOf(k); ok {
				c.halo(a.px(x), a.py(y)+5.5, name, classType, atCentre, classInk(k))
			}
		}
	}
	return c, nil
}

// equal gives both directions one scale, by widening the range of one of them.
func (a *axes) equal() {
	sx, sy := (a.x.hi-a.x.lo)/(a.right-a.left), (a.y.hi-a.y.lo)/(a.bottom-a.top)
	widen := func(s *span, by float64) {
		more := (s.hi - s.lo) * (by - 1) / 2
		s.lo, s.hi = s.lo-more, s.hi+more
	}
	if sx < sy {
		widen(&a.x, sy/sx)
	} else {
		widen(&a.y, sx/sy)
	}
}

// placeOf says where the name of a class is written: onto that of its points which is nearest to the class's median.
func (f Scatter) placeOf(class int) (x, y float64, ok bool) {
	var xs, ys []float64
	for i := range f.X {
		if f.class(i) == class {
			xs, ys = append(xs, f.X[i]), append(ys, f.Y[i])
		}
	}
	if len(xs) == 0 {
		return 0, 0, false
	}
	mx, my := median(xs), median(ys)
	near := math.Inf(1)
	for i := range xs {
		if d := math.Hypot(xs[i]-mx, ys[i]-my); d < near {
			x, y, near = xs[i], ys[i], d
		}
	}
	return x, y, true
}

var classType = letter{16, true}

func classInk(class int) color.RGBA { return mix(hue(class), ink, 0.5) }

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}

// stamp draws many equal discs fast: the disc is rasterised once and then laid down on whole device pixels, which also keeps the file small.
type stamp struct {
	c    *canvas
	mask *image.Alpha
}

func newStamp(c *canvas, radius float64) stamp { return stamp{c, discMask(radius * density)} }

func (s stamp) put(x, y float64, col color.NRGBA) {
	size := s.mask.Rect.Dx()
	at := image.Pt(int(math.Floor(x*density))-size/2, int(math.Floor(y*density))-size/2)
	if place := s.mask.Rect.Add(at); place.In(s.c.img.Bounds()) {
		over(s.c.img, place, s.mask, col)
	}
}

// discMask is how much of each pixel a disc covers that is centred on the middle pixel, found at 8 × 8 places in each.
func discMask(r float64) *image.Alpha {
	half := int(math.Ceil(r)) + 1
	m := image.NewAlpha(image.Rect(0, 0, 2*half+1, 2*half+1))
	const n = 8
	for i := range m.Pix {
		x, y, in := i%m.Stride, i/m.Stride, 0
		for j := range n * n {
			if math.Hypot(float64(x-half)+(float64(j%n)+0.5)/n-0.5, float64(y-half)+(float64(j/n)+0.5)/n-0.5) <= r {
				in++
			}
		}
		m.Pix[i] = uint8(in * 255 / (n * n))
	}
	return m
}
