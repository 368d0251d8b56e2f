"""Who gets the keys: the window's shortcuts, unless a control was reached by Tab, or a text is typed.

Whoever clicks goes on with Space, S, R and the arrows: a click on a button, a box, a plot or a tree does not take them,
and one beside everything ends what is typed. Enter in a field, unless what it says cannot be, choosing from a list,
and closing one give the keyboard back. So does a control that vanishes: its neighbour does not inherit it. So does the
one that Qt chooses as the window opens. A system may give it to a control once more, late, as a list or a box has
closed: that is no Tab, and a list takes no letter for the first one of an entry that is a shortcut of the window.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QDoubleSpinBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from gui.widgets.drawing_pad import DrawingPad
from gui.widgets.field import Field
from gui.widgets.lane_view import LaneView
from gui.widgets.wrong import NumberKnob

WITH_KEYS = (QAbstractButton, QAbstractSlider, QComboBox, QAbstractItemView, QPlainTextEdit, LaneView, DrawingPad)
"""Controls that do something with keys that are shortcuts of the window elsewhere."""
TYPED_IN = (QLineEdit, QAbstractSpinBox)
BUTTON_KEYS = (Qt.Key.Key_Space,)
"""Of buttons, and of lists, which it opens."""
CONTROL_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_S, Qt.Key.Key_R)
WATCHED = "its keys are watched"
BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""It had the keyboard before a box or a menu was open, and has it as it did then."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ControlKeys(QObject):
    """Watches every control of `window` from the first time it has the keyboard: they come and go with workloads."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._was_active = self._is_opening = False
        self._led_to: QObject | None = None
        """Tab led to it, or a key of its own; nobody clicked on it."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self.on_focus)
        window.installEventFilter(self)
        for place in (window, *window.findChildren(QDockWidget)):
            place.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click beside everything ends what is typed

    @property
    def is_typing(self) -> bool:
        """Whether a field in the window has the keyboard; one of a panel apart from it may have got it with that."""
        focused = QApplication.focusWidget()
        is_field = isinstance(focused, TYPED_IN) or (isinstance(focused, QPlainTextEdit) and not focused.isReadOnly())
        return focused is not None and is_field and focused.window() is self._window

    def give_back(self) -> None:
        """Give the keyboard back to the window; what was being typed counts."""
        focused = QApplication.focusWidget()
        if focused is not None and self._is_ours(focused):
            focused.clearFocus()

    def on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """Note that another control has the keyboard; one that has it because its neighbour vanished gives it back."""
        is_gone = before is not None and self._is_ours(before) and not (before.isVisible() and before.isEnabled())
        if (is_gone or self._is_opening) and now is not None and self._is_ours(now):
            self._is_opening = False
            now.clearFocus()
            return
        if isinstance(now, WITH_KEYS + TYPED_IN) and self._is_ours(now) and not now.property(WATCHED):
            now.setProperty(WATCHED, True)
            now.installEventFilter(self)
            self._led_to = now if QApplication.mouseButtons() == Qt.MouseButton.NoButton else None
            if isinstance(now, QComboBox):
                now.activated.connect(now.clearFocus)
                now.view().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave to a control that Tab led to the keys that it knows itself."""
        if watched is self._window:
            if event.type() == QEvent.Type.WindowActivate and not self._was_active:
                self._was_active = self._is_opening = True
            return super().eventFilter(watched, event)
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusIn:
            if event.reason() not in COMES_BACK:
                self._led_to = watched if event.reason() in BY_KEY else None
        elif event.type() == QEvent.Type.Hide and isinstance(watched, QAbstractItemView):
            if isinstance(box := watched.window().parent(), QComboBox):  # its list is closed, whatever was chosen
                QTimer.singleShot(0, box, box.clearFocus)  # now Qt gives it the keyboard once more
        elif event.type() == QEvent.Type.MouseButtonRelease and isinstance(watched, QAbstractSpinBox):
            watched.clearFocus()  # its arrows were clicked: whoever types clicks on the line inside
        elif isinstance(event, QKeyEvent) and isinstance(watched, TYPED_IN):
            if _is_done_with(watched, event):
                return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = BUTTON_KEYS if isinstance(watched, QAbstractButton | QComboBox) else CONTROL_KEYS
            if event.key() in keys and watched is self._led_to:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def _is_ours(self, control: QWidget) -> bool:
        """It is in the window, or in one of its panels that floats; not in a dialog."""
        top = control.window()
        return top is self._window or (isinstance(top, QDockWidget) and top.parent() is self._window)


def _is_done_with(field: QWidget, event: QKeyEvent) -> bool:
    """A key that ends the typing in a field: Space behind a number, which is the window's then, or Enter."""
    if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space and _ends_on_digit(field):
        event.ignore()
        return True
    if event.type() != QEvent.Type.KeyPress or event.key() not in ENTER:
        return False
    field.event(event)  # what it does with Enter comes first
    if isinstance(field, Field | NumberKnob) and field.is_wrong:
        field.selectAll()  # to be typed anew
    else:
        field.clearFocus()
    return True


def _ends_on_digit(control: QWidget) -> bool:
    return isinstance(control, QSpinBox | QDoubleSpinBox) and control.cleanText()[-1:].isdigit()
