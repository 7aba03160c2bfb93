"""Spanish verbs in the third person of three tenses, and what they go with."""

from __future__ import annotations

from dataclasses import dataclass

from probing.generate.rows import phrases, table


@dataclass(frozen=True)
class SpanishVerb:
    """Forms by tense, each as (singular, plural)."""

    infinitive: str
    forms: dict[str, tuple[str, str]]
    complements: list[str]


_REGULAR = """
cantar | en el coro; una canción antigua; canciones para los niños
comprar | pan en el mercado; un periódico; flores para la iglesia
trabajar | en una fábrica; hasta la noche; con mucha paciencia
cocinar | para toda la calle; arroz con lentejas; una sopa de pescado
limpiar | las ventanas; la cocina; los zapatos
pintar | la puerta de verde; paisajes del norte; una pared de la escuela
caminar | por el parque; hasta la estación; junto al río
estudiar | historia; los mapas antiguos; en la biblioteca
visitar | el museo; a una prima en el campo; las ruinas
llevar | las cajas al almacén; un abrigo gris; las cartas al correo
preparar | la cena; el examen; los platos de la fiesta
esperar | el autobús; una respuesta; a los vecinos en la plaza
escuchar | la radio; las campanas; a los músicos
mirar | los barcos; las fotografías; por la ventana
ayudar | a los ancianos; en la tienda; con los deberes
olvidar | los nombres; las llaves en casa; el paraguas
ganar | la carrera; un premio pequeño; poco dinero
guardar | los libros en una caja; silencio; las herramientas
reparar | relojes; el tejado; bicicletas en el patio
viajar | en tren; a la costa; sin equipaje
dibujar | mapas; con carbón; árboles y pájaros
enseñar | música; matemáticas a los adultos; el camino a los turistas
comer | manzanas; en la terraza; con gran apetito
beber | agua del pozo; té sin azúcar; un vaso de leche
vender | fruta en la esquina; los muebles viejos; billetes
correr | por la playa; detrás del autobús; una carrera
aprender | francés; a nadar; los poemas de memoria
coser | los botones; la ropa del teatro; a mano
esconder | los regalos; el dinero; la verdad
comprender | las instrucciones; el problema; la broma
vivir | cerca del puerto; en una casa blanca; con dos gatos
escribir | cartas al alcalde; poemas sobre el mar; el informe
abrir | la tienda; las ventanas; el sobre con un cuchillo
subir | la escalera; a la montaña; las cajas al desván
recibir | una carta; a los invitados; malas noticias
discutir | con los vecinos; sobre el precio; en voz baja
compartir | la comida; un piso pequeño; los libros
describir | el paisaje; a los testigos; el accidente
"""

_IRREGULAR = """
hacer | hace hacen hizo hicieron hará harán | una lista; pan en casa; mucho ruido
decir | dice dicen dijo dijeron dirá dirán | la verdad; pocas palabras; el mismo chiste
tener | tiene tienen tuvo tuvieron tendrá tendrán | dos perros; mucha suerte; prisa
venir | viene vienen vino vinieron vendrá vendrán | del norte; en bicicleta; con los niños
poner | pone ponen puso pusieron pondrá pondrán | la mesa; los vasos en la cocina; una planta en el balcón
traer | trae traen trajo trajeron traerá traerán | buenas noticias; una cesta de uvas; las sillas
ir | va van fue fueron irá irán | a la escuela; al mercado; al médico
dar | da dan dio dieron dará darán | clases de guitarra; un paseo; las gracias
ver | ve ven vio vieron verá verán | las montañas; una película; el partido
saber | sabe saben supo supieron sabrá sabrán | la respuesta; toda la historia; el precio de la casa
dormir | duerme duermen durmió durmieron dormirá dormirán | en el sofá; con la ventana abierta; poco
pedir | pide piden pidió pidieron pedirá pedirán | un café; ayuda; la cuenta
servir | sirve sirven sirvió sirvieron servirá servirán | la sopa; el vino; el desayuno
leer | lee leen leyó leyeron leerá leerán | novelas largas; el periódico; en la cama
oír | oye oyen oyó oyeron oirá oirán | voces en la calle; la música; los truenos
elegir | elige eligen eligió eligieron elegirá elegirán | las cortinas azules; un buen sitio; el vino
perder | pierde pierden perdió perdieron perderá perderán | el tren; la paciencia; dinero en el juego
cerrar | cierra cierran cerró cerraron cerrará cerrarán | la puerta; el taller; las cortinas
encontrar | encuentra encuentran encontró encontraron encontrará encontrarán | una moneda; trabajo; el camino
contar | cuenta cuentan contó contaron contará contarán | historias; el dinero; chistes
jugar | juega juegan jugó jugaron jugará jugarán | a las cartas; en el patio; al ajedrez
conducir | conduce conducen condujo condujeron conducirá conducirán | un camión; despacio; hasta la frontera
"""  # noqa: E501

_ENDINGS = {
    "ar": (("a", "an"), ("ó", "aron")),
    "er": (("e", "en"), ("ió", "ieron")),
    "ir": (("e", "en"), ("ió", "ieron")),
}


def _regular(infinitive: str, complements: str) -> SpanishVerb:
    stem = infinitive[:-2]
    present, past = _ENDINGS[infinitive[-2:]]
    forms = {
        "presente": (stem + present[0], stem + present[1]),
        "pasado": (stem + past[0], stem + past[1]),
        "futuro": (f"{infinitive}á", f"{infinitive}án"),
    }
    return SpanishVerb(infinitive, forms, phrases(complements))


def _irregular(infinitive: str, all_forms: str, complements: str) -> SpanishVerb:
    form = all_forms.split()
    forms = {
        "presente": (form[0], form[1]),
        "pasado": (form[2], form[3]),
        "futuro": (form[4], form[5]),
    }
    return SpanishVerb(infinitive, forms, phrases(complements))


VERBS = tuple(_regular(*cells) for cells in table(_REGULAR)) + tuple(
    _irregular(*cells) for cells in table(_IRREGULAR)
)
