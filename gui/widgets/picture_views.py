"""Which widget draws which kind of picture: one small widget a kind."""

from engine.pictures import AnyPicture, Bars, Curve, HeatMap, ImageGrid, Scatter, Text
from gui.widgets.bars_view import BarsView
from gui.widgets.curve_view import CurveView
from gui.widgets.heat_map_view import HeatMapView
from gui.widgets.image_grid_view import ImageGridView
from gui.widgets.picture_view import PictureView
from gui.widgets.scatter_view import ScatterView
from gui.widgets.text_view import TextView

VIEWS: dict[type[AnyPicture], type[PictureView]] = {
    ImageGrid: ImageGridView,
    HeatMap: HeatMapView,
    Bars: BarsView,
    Text: TextView,
    Curve: CurveView,
    Scatter: ScatterView,
}
