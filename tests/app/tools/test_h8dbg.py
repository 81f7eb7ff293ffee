import sys; sys.path.insert(0,'/work/main')
from tests.app.tools.test_move import *
def test_dbg(plane):
    state,_,view=plane
    p=alone(view,state)
    s=view.pixel(p).toPoint()
    print(view.box.viewRange(), s, view.held)
    press(view,s)
    for k in range(1,6):
        move(view, s+QPoint(12*k,-8*k)); print(view.box.viewRange(), view.held, view.pixel(p), s+QPoint(12*k,-8*k), state.run.latents.edits)
