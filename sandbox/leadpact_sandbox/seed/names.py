"""Given and family names of many scripts, each with the Latin form that its address takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Name: TypeAlias = tuple[str, str]
"""(as written, lower-case ASCII for an address)."""


@dataclass(frozen=True, slots=True)
class Culture:
    """Where a share of the people live and how they are named.

    Attributes:
        weight: share of people, relative to the other cultures.
        country: English name, as both CRMs keep it.
        cities: as people write them.
        phone: a pattern in a range reserved for fiction (``x`` is a digit), or None.
        suffix: two letters for company domains.
        legal: legal form that companies there carry.
    """

    weight: int
    country: str
    cities: tuple[str, ...]
    phone: str | None
    suffix: str
    legal: str
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    companies: tuple[Name, ...] = ()


def _names(text: str) -> tuple[Name, ...]:
    """Read ``Zoë=zoe, Adam`` (a plain ASCII name stands for itself)."""
    made = []
    for part in text.split(", "):
        native, _, ascii_form = part.partition("=")
        made.append((native, ascii_form or native.lower().replace("'", "").replace(" ", "-")))
    return tuple(made)


_ENGLISH_GIVEN = _names(
    "Amelia, Oliver, Grace, Henry, Naomi, Marcus, Priscilla, Trevor, Hannah, "
    "Wesley, Imogen, Desmond, Felicity, Curtis, Rosalind, Graham, Yvonne, "
    "Spencer"
)
_ENGLISH_FAMILY = _names(
    "Whitfield, Okafor, Baxter, O'Neill, Harrington, Smith-Jones, Null, "
    "Van Houten, Ellsworth, Pemberton, Lacey, MacLeod, Thornbury, Ashdown, "
    "St. Clair=st-clair, Quimby, True, Fairweather"
)

CULTURES: tuple[Culture, ...] = (
    Culture(
        26,
        "United States",
        ("Portland", "Austin", "Columbus", "Boise", "Raleigh", "St. Paul"),
        "+1 202-555-01xx",
        "us",
        "Inc.",
        _ENGLISH_GIVEN,
        _ENGLISH_FAMILY,
    ),
    Culture(
        13,
        "United Kingdom",
        ("Leeds", "Bristol", "Cardiff", "Stoke-on-Trent"),
        "+44 20 7946 0xxx",
        "uk",
        "Ltd",
        _ENGLISH_GIVEN,
        _ENGLISH_FAMILY,
    ),
    Culture(
        9,
        "Germany",
        ("München", "Köln", "Lübeck", "Düsseldorf"),
        "+49 30 23125 xxx",
        "de",
        "GmbH",
        _names(
            "Jürgen=juergen, Käthe=kaethe, Sören=soeren, Björn=bjoern, Anneliese, "
            "Matthias, Heike, Rüdiger=ruediger, Ulrike, Götz=goetz"
        ),
        _names(
            "Müller=mueller, Weiß=weiss, Schönfeld=schoenfeld, Großmann=grossmann, "
            "Hübner=huebner, von der Heide=vonderheide, Jäger=jaeger, Krüger=krueger, "
            "Lehmann, Böhm=boehm"
        ),
    ),
    Culture(
        7,
        "France",
        ("Orléans", "Besançon", "Nîmes", "Saint-Étienne"),
        "+33 1 99 00 xx xx",
        "fr",
        "SAS",
        _names(
            "Zoé=zoe, François=francois, Anaïs=anais, Hélène=helene, "
            "Jean-Noël=jean-noel, Gaël=gael, Océane=oceane, Thibault, Cédric=cedric, "
            "Maëlle=maelle"
        ),
        _names(
            "Lefèvre=lefevre, Bérenger=berenger, D'Aubigné=daubigne, Guérin=guerin, "
            "Lebœuf=leboeuf, Garçon=garcon, Prévost=prevost, Noël=noel, Marchand, "
            "Desprès=despres"
        ),
    ),
    Culture(
        5,
        "Spain",
        ("Málaga", "A Coruña", "Cádiz", "León"),
        None,
        "es",
        "S.L.",
        _names(
            "José=jose, María=maria, Íñigo=inigo, Begoña=begona, Ángel=angel, "
            "Lucía=lucia, Raúl=raul, Inés=ines, Álvaro=alvaro, Sofía=sofia"
        ),
        _names(
            "Muñoz=munoz, García López=garcia-lopez, Ibáñez=ibanez, Peña=pena, "
            "Güell=guell, Núñez=nunez, Ortega, Zúñiga=zuniga, Cáceres=caceres, Vidal"
        ),
    ),
    Culture(
        5,
        "Brazil",
        ("São Paulo", "Belém", "Goiânia", "Florianópolis"),
        None,
        "br",
        "Ltda.",
        _names(
            "João=joao, Conceição=conceicao, Luísa=luisa, Antônio=antonio, "
            "Débora=debora, Fábio=fabio, Inês=ines, Vinícius=vinicius, Thaís=thais, "
            "Sérgio=sergio"
        ),
        _names(
            "Gonçalves=goncalves, Araújo=araujo, Magalhães=magalhaes, "
            "da Conceição=daconceicao, Simões=simoes, Leitão=leitao, Brandão=brandao, "
            "Assunção=assuncao, Moura, Falcão=falcao"
        ),
    ),
    Culture(
        4,
        "Sweden",
        ("Malmö", "Västerås", "Örebro", "Umeå"),
        "+46 8 465 004 xx",
        "se",
        "AB",
        _names(
            "Åsa=asa, Göran=goran, Märta=marta, Håkan=hakan, Östen=osten, "
            "Linnéa=linnea, Sigrid, Björg=bjorg, Torbjörn=torbjorn, Maj-Britt=maj-britt"
        ),
        _names(
            "Åkesson=akesson, Söderström=soderstrom, Hägg=hagg, Öberg=oberg, "
            "Lindström=lindstrom, Sjögren=sjogren, Nyqvist, Bäckman=backman, "
            "Ekelöf=ekelof, Wåhlin=wahlin"
        ),
    ),
    Culture(
        4,
        "Poland",
        ("Łódź", "Kraków", "Wrocław", "Gdańsk"),
        None,
        "pl",
        "Sp. z o.o.",
        _names(
            "Łukasz=lukasz, Małgorzata=malgorzata, Grażyna=grazyna, Michał=michal, "
            "Bożena=bozena, Stanisław=stanislaw, Świętosława=swietoslawa, "
            "Radosław=radoslaw, Zofia, Kazimierz"
        ),
        _names(
            "Wójcik=wojcik, Żak=zak, Ślęzak=slezak, Dąbek=dabek, Gałązka=galazka, "
            "Kędzior=kedzior, Błaszczyk=blaszczyk, Źrebiec=zrebiec, Mazur, Pająk=pajak"
        ),
    ),
    Culture(
        3,
        "Türkiye",
        ("İstanbul", "İzmir", "Eskişehir", "Muğla"),
        None,
        "tr",
        "A.Ş.",
        _names(
            "İpek=ipek, Çağla=cagla, Oğuz=oguz, Işıl=isil, Gökçe=gokce, Şebnem=sebnem, "
            "Ömer=omer, Tuğba=tugba, Kağan=kagan, Nilüfer=nilufer"
        ),
        _names(
            "Yıldız=yildiz, Çelik=celik, Öztürk=ozturk, Şahin=sahin, Aydın=aydin, "
            "Güneş=gunes, Kılıç=kilic, Doğan=dogan, Işık=isik, Bağcı=bagci"
        ),
    ),
    Culture(
        3,
        "Vietnam",
        ("Hà Nội", "Đà Nẵng", "Huế"),
        None,
        "vn",
        "JSC",
        _names(
            "Thị Ngọc=ngoc, Đức=duc, Quỳnh=quynh, Hữu Phước=phuoc, Ánh=anh, Tuấn=tuan, "
            "Mỹ Dung=dung, Khải=khai, Bảo=bao, Thảo=thao"
        ),
        _names(
            "Nguyễn=nguyen, Trần=tran, Đặng=dang, Phạm=pham, Võ=vo, Huỳnh=huynh, "
            "Đỗ=do, Lê=le, Bùi=bui, Hồ=ho"
        ),
    ),
    Culture(
        3,
        "Ukraine",
        ("Київ", "Львів", "Одеса", "Харків"),
        None,
        "ua",
        "ТОВ",
        _names(
            "Олександр=oleksandr, Наталія=nataliia, Юрій=yurii, Ольга=olha, "
            "Дмитро=dmytro, Ґалина=galyna, Євген=yevhen, Їванна=yivanna, Тарас=taras, "
            "Соломія=solomiia"
        ),
        _names(
            "Шевченко=shevchenko, Коваленко=kovalenko, Бондар=bondar, "
            "Гриценко=hrytsenko, Щербак=shcherbak, Мороз=moroz, Ткачук=tkachuk, "
            "Юхименко=yukhymenko, Лисенко=lysenko, Чорновіл=chornovil"
        ),
        _names(
            "Світанок Логістика=svitanok, Дніпро Хмара=dnipro-khmara, Карпати Дані=karpaty-dani"
        ),
    ),
    Culture(
        2,
        "Greece",
        ("Αθήνα", "Θεσσαλονίκη", "Πάτρα"),
        None,
        "gr",
        "Α.Ε.",
        _names(
            "Γιώργος=giorgos, Ελένη=eleni, Νίκος=nikos, Δέσποινα=despoina, "
            "Σπύρος=spyros, Αικατερίνη=aikaterini, Θεόδωρος=theodoros, "
            "Χρυσούλα=chrysoula"
        ),
        _names(
            "Παπαδόπουλος=papadopoulos, Νικολαΐδης=nikolaidis, "
            "Αγγελόπουλος=angelopoulos, Οικονόμου=oikonomou, Βλάχος=vlachos, "
            "Μαυρομμάτης=mavrommatis, Γεωργίου=georgiou"
        ),
        _names("Αιγαίο Τεχνολογία=aigaio, Όλυμπος Ενέργεια=olympos-energeia"),
    ),
    Culture(
        2,
        "United Arab Emirates",
        ("دبي", "أبو ظبي", "الشارقة"),
        None,
        "ae",
        "ش.م.ح",
        _names(
            "محمد=mohammed, فاطمة=fatima, أحمد=ahmed, نور=noor, خالد=khalid, "
            "ليلى=layla, يوسف=yousef, مريم=maryam"
        ),
        _names(
            "العلي=alali, الحسن=alhassan, منصور=mansour, الشامسي=alshamsi, "
            "النجار=alnajjar, درويش=darwish, القاسم=alqasim, حداد=haddad"
        ),
        _names("واحة البيانات=wahat, نخيل للتقنية=nakheel-tech"),
    ),
    Culture(
        2,
        "Israel",
        ("תל אביב", "חיפה", "באר שבע"),
        None,
        "il",
        'בע"מ',
        _names(
            "נועה=noa, דוד=david, שירה=shira, יוסף=yosef, מיכל=michal, אורי=uri, "
            "תמר=tamar, גלעד=gilad"
        ),
        _names(
            "כהן=cohen, לוי=levi, מזרחי=mizrahi, פרץ=peretz, אברהם=avraham, "
            "שפירא=shapira, ברק=barak, גולן=golan"
        ),
        _names("אורן נתונים=oren-data, ארז תוכנה=erez"),
    ),
    Culture(
        4,
        "China",
        ("北京", "上海", "深圳", "成都"),
        None,
        "cn",
        "有限公司",
        _names(
            "伟=wei, 秀英=xiuying, 敏=min, 静怡=jingyi, 子轩=zixuan, 雨桐=yutong, "
            "建国=jianguo, 婷=ting"
        ),
        _names("王=wang, 李=li, 张=zhang, 欧阳=ouyang, 陈=chen, 赵=zhao, 黄=huang, 司马=sima"),
        _names("青松数据=qingsong, 云帆科技=yunfan, 长江物流=changjiang-wuliu"),
    ),
    Culture(
        4,
        "Japan",
        ("東京", "大阪", "札幌", "福岡"),
        None,
        "jp",
        "株式会社",
        _names(
            "さくら=sakura, 健太=kenta, 陽子=yoko, 翔=sho, 美咲=misaki, 大輔=daisuke, "
            "ユウキ=yuki, 直美=naomi"
        ),
        _names(
            "佐藤=sato, 鈴木=suzuki, 高橋=takahashi, 渡邉=watanabe, 山﨑=yamazaki, "
            "中村=nakamura, 髙田=takada"
        ),
        _names("青葉システム=aoba, 北斗電機=hokuto, みらい食品=mirai-foods"),
    ),
    Culture(
        3,
        "South Korea",
        ("서울", "부산", "대전"),
        None,
        "kr",
        "주식회사",
        _names(
            "민준=minjun, 서연=seoyeon, 지후=jihu, 하은=haeun, 도윤=doyun, 수빈=subin, "
            "예준=yejun, 은지=eunji"
        ),
        _names("김=kim, 이=lee, 박=park, 최=choi, 남궁=namgung, 정=jung, 황보=hwangbo, 윤=yoon"),
        _names("한빛데이터=hanbit, 가람소프트=garam-soft"),
    ),
    Culture(
        3,
        "India",
        ("मुंबई", "दिल्ली", "पुणे", "Bengaluru"),
        None,
        "in",
        "Pvt. Ltd.",
        _names(
            "अनन्या=ananya, राहुल=rahul, प्रिया=priya, विक्रम=vikram, श्रेया=shreya, "
            "अर्जुन=arjun, दीपिका=deepika, सुनील=suneel"
        ),
        _names(
            "शर्मा=sharma, पटेल=patel, कुलकर्णी=kulkarni, सिंह=singh, अय्यर=iyer, "
            "गुप्ता=gupta, देशपांडे=deshpande"
        ),
        _names("सूर्य ऊर्जा=surya-urja, नीलगिरि डेटा=nilgiri-data"),
    ),
)
