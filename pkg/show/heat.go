package show

import (
	"cmp"
	"fmt"
	"math"
)

// Heat is a map of a matrix, a cell a value: a receptive field, a gradient mask, a confusion table.
type Heat struct {
	Title     string
	Values    [][]float64 // by row; all rows the same length
	RowLabels []string    // at the left [none]
	ColLabels []string    // above [none]
	Marks     []Cell      // cells outlined, such as the pixel whose receptive field is shown
	Label     string      // what the values are, beside the scale of colours
	Numbers   bool        // write the value into each cell
	Format    string      // how values are written [short]
	Diverging bool        // values have two signs: two hues, pale at zero
	Max       float64     // the value of the strongest colour [the largest]
	CellSize  int         // shown pixels [chosen to fill half the page, between 4 and 40]
	Width     float64     // room in shown pixels [700]
}

// Cell is a place in a matrix, counted from 0.
type Cell struct{ Row, Col int }

func (f Heat) String() string {
	cols := 0
	if len(f.Values) > 0 {
		cols = len(f.Values[0])
	}
	return fmt.Sprintf("[%sheat map: %d × %d]", named(f.Title), len(f.Values), cols)
}

// PNG draws the map.
func (f Heat) PNG() ([]byte, error) { return render(f) }

func (f Heat) check() error {
	if len(f.Values) == 0 || len(f.Values[0]) == 0 {
		return fmt.Errorf("there are no values")
	}
	rows, cols := len(f.Values), len(f.Values[0])
	for i, row := range f.Values {
		if len(row) != cols {
			return fmt.Errorf("row %d has %d values and row 0 has %d", i, len(row), cols)
		}
		if err := finite(fmt.Sprintf("Values[%d]", i), row); err != nil {
			return err
		}
		for j, v := range row {
			if v < 0 && !f.Diverging {
				return fmt.Errorf("a negative value, Values[%d][%d] = %v: set Diverging for values of two signs", i, j, v)
			}
		}
	}
	if n := len(f.RowLabels); n != 0 && n != rows {
		return fmt.Errorf("%d row labels for %d rows", n, rows)
	}
	if n := len(f.ColLabels); n != 0 && n != cols {
		return fmt.Errorf("%d column labels for %d columns", n, cols)
	}
	for _, m := range f.Marks {
		if m.Row < 0 || m.Row >= rows || m.Col < 0 || m.Col >= cols {
			return fmt.Errorf("the marked cell (%d, %d) is outside of %d × %d", m.Row, m.Col, rows, cols)
		}
	}
	if f.Max < 0 || math.IsNaN(f.Max) || math.IsInf(f.Max, 0) || f.CellSize < 0 {
		return fmt.Errorf("a negative Max %v or CellSize %d", f.Max, f.CellSize)
	}
	return nil
}

func (f Heat) draw() (*canvas, error) {
	c, err := f.drawMap()
	if err != nil {
		return nil, fmt.Errorf("show: drawing a heat map%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (f Heat) drawMap() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	rows, cols := len(f.Values), len(f.Values[0])
	r := ruler{}
	most := f.strongest()
	size := float64(f.CellSize)
	if size == 0 {
		size = max(4, min(40, math.Floor(min(cmp.Or(f.Width, figWidth)*0.55, 400)/float64(max(rows, cols)))))
	}
	if f.Numbers {
		for _, row := range f.Values {
			for _, v := range row {
				text, _ := cell(v, f.Format)
				size = max(size, r.measure(text, tickType)+8)
			}
		}
	}
	if r.widest(f.ColLabels, tickType) > size-2 {
		return nil, fmt.Errorf("column labels are wider than cells of %.0f pixels: shorten them or set CellSize", size)
	}
	left, top := margin, margin
	if w := r.widest(f.RowLabels, tickType); w > 0 {
		left += w + 8
	}
	if f.Title != "" {
		top += titleHeight + 2
	}
	if len(f.ColLabels) > 0 {
		top += 18
	}
	right, bottom := left+size*float64(cols), top+size*float64(rows)
	s := f.scale(r, most)
	c, err := newCanvas(max(right+s.width+margin, r.measure(f.Title, titleType)+2*margin), max(bottom, top+s.least)+margin)
	if err != nil {
		return nil, err
	}
	c.head(f.Title, nil)
	for i, label := range f.RowLabels {
		c.text(left-8, top+size*(float64(i)+0.5)+4, label, tickType, atRight, pencil)
	}
	for j, label := range f.ColLabels {
		c.text(left+size*(float64(j)+0.5), top-7, label, tickType, atCentre, pencil)
	}
	f.cells(c, left, top, size, most)
	s.draw(c, right+22, top, min(bottom-top, 160))
	return c, nil
}

// strongest is the value of the strongest colour.
func (f Heat) strongest() float64 {
	most := f.Max
	if most == 0 {
		for _, row := range f.Values {
			for _, v := range row {
				most = max(most, math.Abs(v))
			}
		}
	}
	return cmp.Or(most, 1)
}

// isMask says whether there are but two values, 0 and the strongest, as in a mask.
func (f Heat) isMask(most float64) bool {
	for _, row := range f.Values {
		for _, v := range row {
			if v != 0 && v != most {
				return false
			}
		}
	}
	return true
}

// cells draws the cells, with thin lines between them where there is room for lines.
func (f Heat) cells(c *canvas, left, top, size, most float64) {
	line := 0.0
	if size >= 6 {
		line = 0.5
	}
	strength := 1.0
	if f.isMask(most) && f.Label == "" {
		strength = 0.6 // Large dark areas would hide the lines and the marks.
	}
	place := func(row, col int) (x, y float64) { return left + size*float64(col), top + size*float64(row) }
	right, bottom := place(len(f.Values), len(f.Values[0]))
	c.rect(left-0.5, top-0.5, right+0.5, bottom+0.5, axis)
	for i, row := range f.Values {
		for j, v := range row {
			x, y := place(i, j)
			col := heat(strength*v/most, f.Diverging)
			c.keep(col)
			c.rect(x, y, x+size, y+size, mix(faint, axis, 0.3))
			c.rect(x, y, x+size-line, y+size-line, col)
			if f.Numbers {
				pen := ink
				if float64(col.R)*0.3+float64(col.G)*0.59+float64(col.B)*0.11 < 140 {
					pen = paper
				}
				text, _ := cell(v, f.Format)
				c.text(x+size/2, y+size/2+4, text, tickType, atCentre, pen)
			}
		}
	}
	for _, m := range f.Marks {
		x, y := place(m.Row, m.Col)
		ring := []point{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}, {x + 1, y}}
		c.line(ring, 4.5, nil, c.whole(), paper)
		c.line(ring, 2.5, nil, c.whole(), hue(1))
	}
}

// scale is the scale of colours at the right of a map.
type scale struct {
	low, most    float64
	label        []string
	width, least float64 // the room it takes, and the height it needs; 0 for a mask, which needs no scale
}

func (f Heat) scale(r ruler, most float64) scale {
	if f.isMask(most) && f.Label == "" {
		return scale{}
	}
	s := scale{most: most}
	if f.Diverging {
		s.low = -most
	}
	s.width = 40 + max(r.measure(Short(most), tickType), r.measure(Short(s.low), tickType))
	if f.Label != "" {
		s.label = r.wrap(f.Label, tickType, 120)
		s.width = max(s.width, 22+r.widest(s.label, tickType))
	}
	s.least = 80 + lineHeight*float64(len(s.label))
	return s
}

// draw draws the scale with its ends written beside it; a blank stands for 0.
func (s scale) draw(c *canvas, x, top, height float64) {
	if s.width == 0 {
		return
	}
	for i, text := range s.label {
		c.text(x, top+10+lineHeight*float64(i), text, tickType, atLeft, pencil)
	}
	if n := float64(len(s.label)); n > 0 {
		top, height = top+6+lineHeight*n, height-6-lineHeight*n
	}
	height = max(50, height)
	c.rect(x, top, x+12, top+height, axis)
	c.rect(x+0.5, top+0.5, x+11.5, top+height-0.5, paper)
	const steps, blank = 40, 8.0
	for i := range steps {
		v := 1 - (float64(i)+0.5)/steps
		if s.low < 0 {
			v = 2*v - 1
		}
		y0, y1 := top+(height-blank)*float64(i)/steps, top+(height-blank)*float64(i+1)/steps
		if v < 0 {
			y0, y1 = y0+blank, y1+blank
		}
		col := heat(v, s.low < 0)
		c.keep(col)
		c.rect(x, y0, x+12, y1, col)
	}
	c.text(x+18, top+8, Short(s.most), tickType, atLeft, pencil)
	c.text(x+18, top+height, Short(s.low), tickType, atLeft, pencil)
	if s.low < 0 {
		c.text(x+18, top+height/2+4, "0", tickType, atLeft, pencil)
	}
}
