package show

import (
	"cmp"
	"fmt"
	"math"
)

// Density shows how well densities of one variable fit data: the histogram of the data, scaled so that its area is 1, and the densities as curves over it.
type Density struct {
	Title  string
	XLabel string
	Data   []float64 // a sample
	Curves []Series  // densities with their X, the best last: earlier ones are drawn thinner
	Bins   int       // [chosen from the number of values, between 8 and 60]
	Width  float64   // shown pixels [700]
	Height float64   // shown pixels [380]
}

func (f Density) String() string {
	return fmt.Sprintf("[%sdensity: %d values, %d curves]", named(f.Title), len(f.Data), len(f.Curves))
}

// PNG draws the histogram and the curves.
func (f Density) PNG() ([]byte, error) { return render(f) }

func (f Density) fit(w float64) Figure { f.Width = cmp.Or(f.Width, w); return f }

func (f Density) check() error {
	if len(f.Data) == 0 {
		return fmt.Errorf("there are no data")
	}
	if err := finite("Data", f.Data); err != nil {
		return err
	}
	if f.Bins < 0 || f.Bins > 2000 {
		return fmt.Errorf("%d bins: give 1 to 2000, or 0 to have them chosen", f.Bins)
	}
	for i, s := range f.Curves {
		if s.X == nil {
			return fmt.Errorf("curve %d%s has no X", i, inQuotes(s.Name))
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("curve %d%s: %w", i, inQuotes(s.Name), err)
		}
		for j, y := range s.Y {
			if y < 0 {
				return fmt.Errorf("curve %d%s: Y[%d] is %v, and a density is not negative", i, inQuotes(s.Name), j, y)
			}
		}
	}
	return nil
}

func (f Density) draw() (*canvas, error) {
	c, err := f.drawChart()
	if err != nil {
		return nil, fmt.Errorf("show: drawing a density%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Density) drawChart() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	x := span{lo: math.Inf(1), hi: math.Inf(-1)}
	for _, v := range f.Data {
		x.include(v)
	}
	if x.lo == x.hi {
		x.pad(0, 0)
	}
	bins := cmp.Or(f.Bins, max(8, min(60, int(2*math.Cbrt(float64(len(f.Data)))))))
	wide := (x.hi - x.lo) / float64(bins)
	heights := make([]float64, bins)
	for _, v := range f.Data {
		heights[min(bins-1, int(x.at(v)*float64(bins)))] += 1 / (float64(len(f.Data)) * wide)
	}
	from, y := x.lo, span{}
	for _, v := range heights {
		y.include(v)
	}
	fr := frame{title: f.Title, xLabel: f.XLabel, yLabel: "density", width: f.Width, height: f.Height}
	if len(f.Curves) > 0 {
		fr.key = append(fr.key, keyEntry{"data", axis})
	}
	for i, s := range f.Curves {
		for j, v := range s.Y {
			x.include(s.x(j))
			y.include(v)
		}
		if s.Name != "" {
			fr.key = append(fr.key, keyEntry{s.Name, hue(f.hue(i))})
		}
	}
	y.pad(0, 0.06)
	c, a, err := fr.begin(x, y)
	if err != nil {
		return nil, err
	}
	for b, v := range heights {
		if v > 0 {
			c.rect(a.px(from+wide*float64(b))+0.5, a.py(v), a.px(from+wide*float64(b+1))-0.5, a.bottom, mix(axis, paper, 0.45))
		}
	}
	for i, s := range f.Curves {
		thick := 1.5
		if i == len(f.Curves)-1 {
			thick = 2.5
		}
		var dash []float64
		if s.Dashed {
			dash = []float64{6, 5}
		}
		c.line(a.path(s, s.Y), thick, dash, a.box, hue(f.hue(i)))
	}
	c.hline(a.left, a.right, a.bottom, 2, axis)
	return c, nil
}

// hue is the colour of the i-th curve: the last has the first colour.
func (f Density) hue(i int) int { return len(f.Curves) - 1 - i }
