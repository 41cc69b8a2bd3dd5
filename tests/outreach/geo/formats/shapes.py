"""Shapefiles for tests, as another library writes them."""

import io
from collections.abc import Sequence

import shapefile

WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
UTM = f'PROJCS["WGS_1984_UTM_Zone_47N",{WGS84},PROJECTION["Transverse_Mercator"],UNIT["Meter",1.0]]'
Ring = list[tuple[float, float]]


def box(x: float, y: float, size: float) -> Ring:
    """A square as a clockwise ring."""
    return [(x, y), (x, y + size), (x + size, y + size), (x + size, y), (x, y)]


def hole(x: float, y: float, size: float) -> Ring:
    return box(x, y, size)[::-1]


def shapes(
    *polygons: Sequence[Ring] | None, kind: int = shapefile.POLYGON, names: Sequence[str] = ()
) -> dict[str, bytes]:
    """A shapefile's files by suffix, as another library writes them."""
    shp, dbf = io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, dbf=dbf, shapeType=kind) as writer:
        writer.field("KODE", "C", 20)
        writer.field("NAMA", "C", 12)
        writer.field("LUAS", "N", 12, 3)
        writer.field("NOMOR", "N", 9, 0)
        for number, polygon in enumerate(polygons):
            if polygon is None:
                writer.null()
            elif kind == shapefile.POLYGONZ:
                writer.polyz([[(x, y, 7.0) for x, y in ring] for ring in polygon])
            elif kind == shapefile.POLYGONM:
                writer.polym([[(x, y, 7.0) for x, y in ring] for ring in polygon])
            else:
                writer.poly(polygon)
            name = names[number] if names else f"Desa {number}"
            writer.record(f"12.77.01.{1001 + number}", name, 1.25, number or None)
    return {".shp": shp.getvalue(), ".dbf": dbf.getvalue(), ".prj": WGS84.encode()}
