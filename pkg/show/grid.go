package show

import (
	"cmp"
	"fmt"
	"image"
	"math"
)

// Grid is a grid of small pictures of any sizes, enlarged by whole factors so that their pixels stay sharp.
//
// Given: Images, left to right and top to bottom. The zero value of everything else is a good choice:
type Grid struct {
	Title     string
	Images    []image.Image
	Columns   int      // pictures in a row [chosen so that the grid is a little wider than high; with RowTitles, so that the rows are as many as they]
	RowTitles []string // written at the left of each row [none]
	Labels    []string // written below each picture [none]
	Scale     int      // shown pixels per picture pixel [chosen so that the grid fills the page, between 1 and 16]
	Gap       int      // shown pixels between pictures [4]
	Width     float64  // room in shown pixels, filled when Scale is not set [700]
}

// Pictures is a collection of pictures: what a data set or a batch of samples offers.
type Pictures interface {
	Len() int
	Image(i int) image.Image
}

// Option changes how [Images] lays pictures out.
type Option func(*Grid)

// Titled writes a title above the pictures.
func Titled(title string) Option { return func(g *Grid) { g.Title = title } }

// PerRow sets how many pictures stand in a row.
func PerRow(n int) Option { return func(g *Grid) { g.Columns = n } }

// RowTitled writes a title at the left of each row; there are then as many rows as titles.
func RowTitled(titles ...string) Option { return func(g *Grid) { g.RowTitles = titles } }

// Labelled writes a label below each picture.
func Labelled(labels ...string) Option { return func(g *Grid) { g.Labels = labels } }

// Enlarged sets how many shown pixels a picture's pixel takes.
func Enlarged(scale int) Option { return func(g *Grid) { g.Scale = scale } }

// Images displays pictures as a [Grid]. It takes []image.Image, a single image.Image, or [Pictures].
func Images(pictures any, opts ...Option) error {
	g, err := grid(pictures, opts...)
	if err != nil {
		return err
	}
	return Display(g)
}

func grid(pictures any, opts ...Option) (Grid, error) {
	var g Grid
	switch p := pictures.(type) {
	case []image.Image:
		g.Images = p
	case image.Image:
		g.Images = []image.Image{p}
	case Pictures:
		for i := range p.Len() {
			g.Images = append(g.Images, p.Image(i))
		}
	default:
		return g, fmt.Errorf("show: showing images: cannot show a %T: give []image.Image, an image.Image, or show.Pictures", pictures)
	}
	for _, o := range opts {
		o(&g)
	}
	return g, nil
}

func (g Grid) String() string {
	return fmt.Sprintf("[%spicture grid: %d]", named(g.Title), len(g.Images))
}

// PNG draws the grid.
func (g Grid) PNG() ([]byte, error) { return render(g) }

func (g Grid) check() error {
	n := len(g.Images)
	switch {
	case n == 0:
		return fmt.Errorf("there are no images")
	case g.Columns < 0 || g.Scale < 0 || g.Gap < 0:
		return fmt.Errorf("a negative number among Columns %d, Scale %d, Gap %d", g.Columns, g.Scale, g.Gap)
	case len(g.Labels) != 0 && len(g.Labels) != n:
		return fmt.Errorf("%d labels for %d images", len(g.Labels), n)
	}
	for i, img := range g.Images {
		if err := checkImage(img); err != nil {
			return fmt.Errorf("image %d: %w", i, err)
		}
	}
	if r := len(g.RowTitles); r > 0 {
		columns := g.columns()
		if rows := (n + columns - 1) / columns; rows != r {
			return fmt.Errorf("%d row titles for %d rows of %d", r, rows, columns)
		}
	}
	return nil
}

// columns is how many pictures stand in a row: as many as asked for, else as the row titles imply, else a round number.
func (g Grid) columns() int {
	n := len(g.Images)
	switch {
	case g.Columns > 0:
		return min(g.Columns, n)
	case len(g.RowTitles) > 0:
		return (n + len(g.RowTitles) - 1) / len(g.RowTitles)
	case n <= 10:
		return n
	}
	// The fullest last row among the widths near twice the height.
	best, spare := 0, math.MaxInt
	middle := math.Sqrt(float64(n) * 2)
	for c := int(middle * 0.7); c <= int(middle*1.4); c++ {
		if s := (c - n%c) % c; s < spare || s == spare && math.Abs(float64(c)-middle) < math.Abs(float64(best)-middle) {
			best, spare = c, s
		}
	}
	return best
}

func (g Grid) draw() (*canvas, error) {
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("show: drawing a grid%s: %w", inQuotes(g.Title), err)
	}
	columns := g.columns()
	rows := (len(g.Images) + columns - 1) / columns
	gap := float64(g.Gap)
	if g.Gap == 0 {
		gap = 4
	}
	r := ruler{}
	left := margin
	if w := r.widest(g.RowTitles, labelType); w > 0 {
		left += w + 12
	}
	cellW, cellH := 0, 0
	for _, img := range g.Images {
		cellW, cellH = max(cellW, img.Bounds().Dx()), max(cellH, img.Bounds().Dy())
	}
	k := g.devicePixels(cellW, columns, left, gap)
	w, h := float64(cellW*k)/density, float64(cellH*k)/density
	stepX, below := w+gap, 0.0
	if len(g.Labels) > 0 {
		below = 16
		stepX = max(stepX, r.widest(g.Labels, tickType)+8)
	}
	top := margin
	if g.Title != "" {
		top += titleHeight
	}
	stepY := h + below + gap
	wide := left + float64(columns)*stepX - gap + margin
	if g.Title != "" {
		wide = max(wide, r.measure(g.Title, titleType)+2*margin)
	}
	c, err := newCanvas(wide, top+float64(rows)*stepY-gap+margin)
	if err != nil {
		return nil, fmt.Errorf("show: drawing a grid%s: %w", inQuotes(g.Title), err)
	}
	c.text(margin, margin+13, g.Title, titleType, atLeft, ink)
	for i, title := range g.RowTitles {
		c.text(left-12, top+float64(i)*stepY+h/2+4, title, labelType, atRight, pencil)
	}
	for i, img := range g.Images {
		x, y := left+float64(i%columns)*stepX, top+float64(i/columns)*stepY
		b := img.Bounds()
		px, py := x+(stepX-gap-float64(b.Dx()*k)/density)/2, y+(h-float64(b.Dy()*k)/density)/2
		hair := 1.0 / density
		c.rect(px-hair, py-hair, px+float64(b.Dx()*k)/density+hair, py+float64(b.Dy()*k)/density+hair, faint)
		c.picture(img, px, py, k)
		if len(g.Labels) > 0 {
			c.text(x+(stepX-gap)/2, y+h+13, g.Labels[i], tickType, atCentre, pencil)
		}
	}
	return c, nil
}

// devicePixels is the enlargement in device pixels: the Scale asked for, else what fills the page without pictures larger than a hand's.
func (g Grid) devicePixels(cellW, columns int, left, gap float64) int {
	if g.Scale > 0 {
		return g.Scale * density
	}
	room := (cmp.Or(g.Width, figWidth) - left - margin - gap*float64(columns-1)) / float64(columns) * density
	largest := 140.0 * density
	return max(1, min(16*density, int(min(room, largest)/float64(cellW))))
}

// named and inQuotes put a figure's title, when it has one, into a description and into an error.
func named(title string) string {
	if title == "" {
		return ""
	}
	return title + ": "
}

func inQuotes(title string) string {
	if title == "" {
		return ""
	}
	return fmt.Sprintf(" %q", title)
}
