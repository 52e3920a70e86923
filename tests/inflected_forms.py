"""Forms that names and words take in real texts, and words that look like them and are others: what the rules owe."""

# A line: the language, the kind, the base, and after the colon the forms, parted by commas.
FORMS = """
ru person Сергей Лавров: Сергея Лаврова, Сергею Лаврову, Сергеем Лавровым, Сергее Лаврове
ru person Владимир Путин: Владимира Путина, Владимиру Путину, Владимиром Путиным, Владимире Путине
ru person Владимир Зеленский: Владимира Зеленского, Владимиру Зеленскому, Владимиром Зеленским, Владимире Зеленском
ru person Мария Захарова: Марии Захаровой, Марию Захарову, Марией Захаровой
ru person Сергей Шойгу: Сергея Шойгу, Сергею Шойгу, Сергеем Шойгу
ru person Дмитрий Песков: Дмитрия Пескова, Дмитрию Пескову, Дмитрием Песковым
ru person Александр Лукашенко: Александра Лукашенко, Александру Лукашенко, Александром Лукашенко
ru person Евгений Пригожин: Евгения Пригожина, Евгению Пригожину, Евгением Пригожиным
ru person Рамзан Кадыров: Рамзана Кадырова, Рамзану Кадырову, Рамзаном Кадыровым
ru person Дональд Трамп: Дональда Трампа, Дональду Трампу, Дональдом Трампом, Дональде Трампе
ru person Йенс Столтенберг: Йенса Столтенберга, Йенсу Столтенбергу, Йенсом Столтенбергом
ru person Урсула фон дер Ляйен: Урсулы фон дер Ляйен, Урсулу фон дер Ляйен, Урсуле фон дер Ляйен
ru person Эмманюэль Макрон: Эмманюэля Макрона, Эмманюэлю Макрону, Эмманюэлем Макроном
ru person Олаф Шольц: Олафа Шольца, Олафу Шольцу, Олафом Шольцем
ru person Зеленский: Зеленского, Зеленскому, Зеленским, Зеленском
ru person Медведев: Медведева, Медведеву, Медведевым, Медведеве
ru person Герасимов: Герасимова, Герасимову, Герасимовым
ru person Кулеба: Кулебы, Кулебе, Кулебу, Кулебой
ru person Залужный: Залужного, Залужному, Залужным
ru person Набиуллина: Набиуллиной, Набиуллину
ru person Блинкен: Блинкена, Блинкену, Блинкеном
ru place Украина: Украины, Украине, Украину, Украиной
ru place Киев: Киева, Киеву, Киевом, Киеве
ru place Харьков: Харькова, Харькову, Харьковом, Харькове
ru place Москва: Москвы, Москве, Москву, Москвой
ru place Крым: Крыма, Крыму, Крымом, Крыме
ru place Донбасс: Донбасса, Донбассу, Донбассом, Донбассе
ru place Мариуполь: Мариуполя, Мариуполю, Мариуполем, Мариуполе
ru place Бахмут: Бахмута, Бахмуту, Бахмутом, Бахмуте
ru place Авдеевка: Авдеевки, Авдеевке, Авдеевку, Авдеевкой
ru place Запорожье: Запорожья, Запорожью, Запорожьем
ru place Чёрное море: Чёрного моря, Чёрному морю, Чёрным морем, Чёрном море, Черного моря
ru place Белгородская область: Белгородской области, Белгородскую область, Белгородской областью
ru place Кривой Рог: Кривого Рога, Кривому Рогу, Кривом Роге
ru place Змеиный остров: Змеиного острова, Змеиному острову, Змеином острове
ru place Соединённые Штаты: Соединённых Штатов, Соединенным Штатам, Соединёнными Штатами
ru organisation Министерство обороны России: Министерства обороны России, Министерству обороны России
ru organisation Министерство обороны России: Министерством обороны России
ru organisation Совет безопасности: Совета безопасности, Совету безопасности, Советом безопасности
ru organisation Совет безопасности: Совете безопасности
ru organisation Государственная дума: Государственной думы, Государственную думу, Государственной думой
ru organisation Верховная рада: Верховной рады, Верховную раду, Верховной раде
ru organisation Североатлантический альянс: Североатлантического альянса, Североатлантическому альянсу
ru organisation Североатлантический альянс: Североатлантическим альянсом
ru organisation Генеральный штаб: Генерального штаба, Генеральному штабу, Генеральным штабом
ru organisation Евросоюз: Евросоюза, Евросоюзу, Евросоюзом, Евросоюзе
ru organisation Росатом: Росатома, Росатому, Росатомом
ru formation Черноморский флот: Черноморского флота, Черноморскому флоту, Черноморским флотом
ru formation российские войска: российских войск, российским войскам, российскими войсками
ru weapon крылатая ракета: крылатой ракеты, крылатую ракету, крылатых ракет, крылатыми ракетами, крылатые ракеты
ru weapon беспилотник: беспилотника, беспилотники, беспилотников, беспилотниками, беспилотникам
ru weapon ракета Калибр: ракеты Калибр, ракетами Калибр, ракету Калибр
ru event специальная военная операция: специальной военной операции, специальную военную операцию
ru event специальная военная операция: специальной военной операцией
ru event контрнаступление: контрнаступления, контрнаступлению, контрнаступлением, контрнаступлении
ru agreement зерновая сделка: зерновой сделки, зерновую сделку, зерновой сделкой
ru agreement Минские соглашения: Минских соглашений, Минским соглашениям, Минскими соглашениями
ru words санкция: санкции, санкций, санкциям, санкциями, санкциях, санкцию
ru words война: войны, войне, войну, войной, войн
ru words удар: удара, удары, ударов, ударом, ударам, ударами
ru words наступать: наступает, наступают, наступал, наступали
ru words уничтожить: уничтожил, уничтожили, уничтожила, уничтожат
ru words российский: российская, российского, российских, российскими, российскую
ru words перемирие: перемирия, перемирию, перемирием, перемирии
ru words ядерное оружие: ядерного оружия, ядерным оружием, ядерному оружию
uk person Володимир Зеленський: Володимира Зеленського, Володимиру Зеленському, Володимиром Зеленським
uk person Володимир Зеленський: Володимирові Зеленському
uk person Марія Захарова: Марії Захарової, Марії Захаровій, Марію Захарову, Марією Захаровою
uk person Сергій Лавров: Сергія Лаврова, Сергію Лаврову, Сергієм Лавровим, Сергієві Лаврову
uk person Володимир Путін: Володимира Путіна, Володимиру Путіну, Володимиром Путіним
uk person Дмитро Кулеба: Дмитра Кулеби, Дмитру Кулебі, Дмитра Кулебу, Дмитром Кулебою
uk person Андрій Єрмак: Андрія Єрмака, Андрію Єрмаку, Андрієм Єрмаком
uk person Валерій Залужний: Валерія Залужного, Валерію Залужному, Валерієм Залужним
uk person Олександр Сирський: Олександра Сирського, Олександру Сирському, Олександром Сирським
uk person Петро Порошенко: Петра Порошенка, Петру Порошенку, Петром Порошенком
uk person Юлія Свириденко: Юлії Свириденко, Юлію Свириденко, Юлією Свириденко
uk person Дональд Трамп: Дональда Трампа, Дональду Трампу, Дональдом Трампом
uk person Джо Байден: Джо Байдена, Джо Байдену, Джо Байденом
uk person Порошенко: Порошенка, Порошенку, Порошенком, Порошенкові
uk person Буданов: Буданова, Буданову, Будановим
uk person Шольц: Шольца, Шольцу, Шольцом
uk place Україна: України, Україні, Україну, Україною, Україно
uk place Київ: Києва, Києву, Києвом, Києві
uk place Харків: Харкова, Харкову, Харковом, Харкові
uk place Крим: Криму, Кримом
uk place Донбас: Донбасу, Донбасом, Донбасі
uk place Росія: Росії, Росію, Росією
uk place Херсон: Херсона, Херсону, Херсоном, Херсоні
uk place Маріуполь: Маріуполя, Маріуполю, Маріуполем, Маріуполі
uk place Бахмут: Бахмута, Бахмуту, Бахмутом, Бахмуті
uk place Запоріжжя: Запоріжжю, Запоріжжям, Запоріжжі
uk place Авдіївка: Авдіївки, Авдіївці, Авдіївку, Авдіївкою
uk place Чорне море: Чорного моря, Чорному морю, Чорним морем, Чорному морі
uk place Кривий Ріг: Кривого Рогу, Кривому Розі, Кривим Рогом
uk place Донецька область: Донецької області, Донецьку область, Донецькою областю
uk place Сполучені Штати: Сполучених Штатів, Сполученим Штатам, Сполученими Штатами
uk organisation Міністерство оборони України: Міністерства оборони України, Міністерству оборони України
uk organisation Міністерство оборони України: Міністерством оборони України
uk organisation Верховна Рада: Верховної Ради, Верховній Раді, Верховну Раду, Верховною Радою
uk organisation Генеральний штаб: Генерального штабу, Генеральному штабу, Генеральним штабом
uk organisation Служба безпеки України: Служби безпеки України, Службі безпеки України, Службою безпеки України
uk formation Збройні сили України: Збройних сил України, Збройним силам України, Збройними силами України
uk weapon крилата ракета: крилатої ракети, крилаті ракети, крилатих ракет, крилатими ракетами
uk weapon безпілотник: безпілотника, безпілотники, безпілотників, безпілотниками
uk weapon дрон: дрона, дрони, дронів, дронами, дронам
uk event повномасштабне вторгнення: повномасштабного вторгнення, повномасштабному вторгненню
uk event повномасштабне вторгнення: повномасштабним вторгненням
uk agreement зернова угода: зернової угоди, зернову угоду, зерновою угодою
uk words санкція: санкції, санкцій, санкціями, санкціям, санкцію
uk words війна: війни, війні, війну, війною, воєн
uk words обстріл: обстрілу, обстріли, обстрілів, обстрілами
uk words окупант: окупанта, окупанти, окупантів, окупантам, окупантами
uk words атакувати: атакував, атакували, атакує, атакують
uk words військовий: військові, військових, військового, військовими
uk words переговори: переговорів, переговорам, переговорах
uk words мирний план: мирного плану, мирним планом, мирному плані
pl person Siergiej Ławrow: Siergieja Ławrowa, Siergiejowi Ławrowowi, Siergiejem Ławrowem
pl person Wołodymyr Zełenski: Wołodymyra Zełenskiego, Wołodymyrowi Zełenskiemu, Wołodymyrem Zełenskim
pl person Władimir Putin: Władimira Putina, Władimirowi Putinowi, Władimirem Putinem, Władimirze Putinie
pl person Donald Tusk: Donalda Tuska, Donaldowi Tuskowi, Donaldem Tuskiem, Donaldzie Tusku
pl person Andrzej Duda: Andrzeja Dudy, Andrzejowi Dudzie, Andrzeja Dudę, Andrzejem Dudą
pl person Radosław Sikorski: Radosława Sikorskiego, Radosławowi Sikorskiemu, Radosławem Sikorskim
pl person Maria Zacharowa: Marii Zacharowej, Marię Zacharową, Marią Zacharową
pl person Joe Biden: Joe Bidena, Joe Bidenowi, Joe Bidenem
pl person Donald Trump: Donalda Trumpa, Donaldowi Trumpowi, Donaldem Trumpem
pl person Jens Stoltenberg: Jensa Stoltenberga, Jensowi Stoltenbergowi, Jensem Stoltenbergiem
pl person Angela Merkel: Angeli Merkel, Angelę Merkel, Angelą Merkel
pl person Zełenski: Zełenskiego, Zełenskiemu, Zełenskim
pl person Tusk: Tuska, Tuskowi, Tuskiem, Tusku
pl person Macron: Macrona, Macronowi, Macronem, Macronie
pl person Łukaszenka: Łukaszenki, Łukaszence, Łukaszenkę, Łukaszenką
pl person Załużny: Załużnego, Załużnemu, Załużnym
pl person Kułeba: Kułeby, Kułebie, Kułebę, Kułebą
pl place Rosja: Rosji, Rosję, Rosją, Rosjo
pl place Ukraina: Ukrainy, Ukrainie, Ukrainę, Ukrainą
pl place Polska: Polski, Polsce, Polskę, Polską
pl place Kijów: Kijowa, Kijowowi, Kijowem, Kijowie
pl place Charków: Charkowa, Charkowem, Charkowie
pl place Moskwa: Moskwy, Moskwie, Moskwę, Moskwą
pl place Krym: Krymu, Krymem, Krymie, Krymowi
pl place Donbas: Donbasu, Donbasem, Donbasie
pl place Donieck: Doniecka, Donieckiem, Doniecku
pl place Mariupol: Mariupola, Mariupolem, Mariupolu
pl place Odessa: Odessy, Odessie, Odessę, Odessą
pl place Warszawa: Warszawy, Warszawie, Warszawę, Warszawą
pl place Niemcy: Niemiec, Niemcom, Niemczech
pl place Chersoń: Chersonia, Chersoniem, Chersoniu
pl place Awdijiwka: Awdijiwki, Awdijiwce, Awdijiwkę, Awdijiwką
pl place Morze Czarne: Morza Czarnego, Morzu Czarnym, Morzem Czarnym
pl place Litwa: Litwy, Litwie, Litwę, Litwą
pl place Katowice: Katowic, Katowicom, Katowicach
pl place Stany Zjednoczone: Stanów Zjednoczonych, Stanom Zjednoczonym, Stanami Zjednoczonymi
pl organisation Sojusz Północnoatlantycki: Sojuszu Północnoatlantyckiego, Sojuszowi Północnoatlantyckiemu
pl organisation Sojusz Północnoatlantycki: Sojuszem Północnoatlantyckim
pl organisation Unia Europejska: Unii Europejskiej, Unię Europejską, Unią Europejską
pl organisation Ministerstwo Obrony: Ministerstwa Obrony, Ministerstwu Obrony, Ministerstwem Obrony
pl organisation Kreml: Kremla, Kremlowi, Kremlem, Kremlu
pl organisation Rada Bezpieczeństwa: Rady Bezpieczeństwa, Radzie Bezpieczeństwa, Radę Bezpieczeństwa
pl organisation Gazprom: Gazpromu, Gazpromem, Gazpromowi
pl weapon rakieta: rakiety, rakiet, rakietą, rakietami, rakietę, rakiecie
pl weapon dron: drony, dronów, dronami, drona, dronem
pl weapon czołg Leopard: czołgi Leopard, czołgów Leopard, czołgu Leopard
pl weapon pocisk: pocisku, pociski, pocisków, pociskiem, pociskami
pl weapon myśliwiec: myśliwca, myśliwce, myśliwców, myśliwcem
pl event inwazja: inwazji, inwazję, inwazją, inwazje
pl words wojna: wojny, wojnie, wojnę, wojną, wojen
pl words sankcja: sankcje, sankcji, sankcjami, sankcjom, sankcjach
pl words wojsko: wojska, wojsku, wojskiem, wojsk, wojskami
pl words rosyjski: rosyjska, rosyjskiego, rosyjskich, rosyjskie, rosyjską, rosyjskim
pl words żołnierz: żołnierza, żołnierze, żołnierzy, żołnierzom, żołnierzami
pl words atak: ataku, ataki, ataków, atakiem, atakami
pl words granica: granicy, granicę, granicą, granic, granicach
pl words pomoc: pomocy, pomocą
pl words zawieszenie broni: zawieszenia broni, zawieszeniu broni, zawieszeniem broni
de person Wladimir Putin: Wladimir Putins
de person Wolodymyr Selenskyj: Wolodymyr Selenskyjs
de person Lawrow: Lawrows
de person Scholz: Scholz
de place Russland: Russlands
de place Kiew: Kiews
de place Moskau: Moskaus
de place Donbass: Donbass
de place Schwarzes Meer: Schwarzen Meer, Schwarzen Meeres, Schwarze Meer
de place Vereinigte Staaten: Vereinigten Staaten
de place Baltikum: Baltikums
de organisation Kreml: Kremls
de organisation Europäische Union: Europäischen Union
de organisation Bundeswehr: Bundeswehr
de organisation Nordatlantisches Bündnis: Nordatlantischen Bündnisses, Nordatlantische Bündnis
de weapon Rakete: Raketen
de weapon Drohne: Drohnen
de weapon Marschflugkörper: Marschflugkörpern, Marschflugkörpers
de weapon Panzer: Panzern, Panzers
de weapon Kampfjet: Kampfjets
de words Krieg: Kriegs, Krieges, Kriege, Kriegen
de words Sanktion: Sanktionen
de words Angriff: Angriffs, Angriffe, Angriffen, Angriffes
de words Soldat: Soldaten
de words Waffe: Waffen
de words Verhandlung: Verhandlungen
de words russisch: russische, russischen, russischer, russisches, russischem
de words ukrainisch: ukrainische, ukrainischen, ukrainischer, ukrainisches
de words Abkommen: Abkommens
de words Präsident: Präsidenten
de words Russe: Russen
de words Truppe: Truppen
de words Einmarsch: Einmarschs, Einmarsches
de words Friedensplan: Friedensplans, Friedensplanes
de words angreifen: angreift
de words hybrider Krieg: hybriden Krieg, hybriden Krieges, hybride Krieg
en weapon missile: missiles
en weapon cruise missile: cruise missiles
en weapon battery: batteries
en weapon warship: warships
en weapon Leopard tank: Leopard tanks
en weapon Patriot system: Patriot systems
en weapon Shahed: Shaheds
en words sanction: sanctions, sanctioned, sanctioning
en words invade: invades, invaded, invading
en words strike: strikes, struck, striking
en words shoot down: shot down, shoots down, shooting down
en words withdraw: withdrew, withdrawn, withdraws, withdrawing
en words seize: seized, seizes, seizing
en words troop: troops
en words attack: attacks, attacked, attacking
en words war: wars
en words enemy: enemies
en words ally: allies, allied
en words deploy: deploys, deployed, deploying
en words bomb: bombs, bombed, bombing
en words ship: ships, shipped, shipping
en words fight: fights, fought, fighting
en words fly: flies, flew, flown, flying
en words hit: hits, hitting
en words lead: leads, led
en words spy: spies, spied
en words ceasefire: ceasefires
en words crisis: crises
en words sanctions: sanction
en words seized: seize
en words troops: troop
en words peace talk: peace talks
en words agree: agrees, agreed, agreeing
en words supply: supplies, supplied
en words annex: annexes, annexed, annexing
en words kill: kills, killed, killing
fr words sanction: sanctions
fr words guerre: guerres
fr words frappe: frappes
fr words russe: russes
fr words ukrainien: ukrainienne, ukrainiens, ukrainiennes
fr words envahir: envahit, envahi
fr words attaquer: attaque, attaquent, attaqué, attaquée
fr words militaire: militaires
fr words occupé: occupée, occupés, occupées
fr words allié: alliés, alliée
fr words général: généraux
fr words nouveau drone: nouveaux drones
fr weapon missile de croisière: missiles de croisière
fr weapon char: chars
fr weapon drone: drones
fr weapon arme nucléaire: armes nucléaires
fr weapon avion de chasse: avions de chasse
fr event exercice militaire: exercices militaires
fr instrument avoir russe: avoirs russes
fr person Vladimir Poutine: Vladimir Poutine
es words sanción: sanciones
es words guerra: guerras
es words ataque: ataques
es words ruso: rusa, rusos, rusas
es words atacar: ataca, atacan, atacó, atacado, atacaron
es words ocupado: ocupada, ocupados, ocupadas
es words invadir: invade, invaden, invadió, invadido, invadieron
es words alemán: alemanes, alemana
es words cruz: cruces
es weapon misil: misiles
es weapon dron: drones
es weapon tanque: tanques
es weapon misil balístico: misiles balísticos
es weapon avión de combate: aviones de combate
es event ejercicio militar: ejercicios militares
it words sanzione: sanzioni
it words guerra: guerre
it words attacco: attacchi
it words russo: russa, russi, russe
it words attaccare: attacca, attaccano, attaccato, attaccò, attaccati
it words soldato: soldati
it words militare: militari
it words invadere: invade, invadono
it words bersaglio: bersagli
it words truppa: truppe
it weapon missile: missili
it weapon drone: droni
it weapon carro armato: carri armati
it weapon missile balistico: missili balistici
it event esercitazione militare: esercitazioni militari
ar place أوكرانيا: وأوكرانيا, بأوكرانيا, لأوكرانيا, كأوكرانيا, ولأوكرانيا, فأوكرانيا, وبأوكرانيا
ar place روسيا: لروسيا, وروسيا, بروسيا, كروسيا, وبروسيا
ar place موسكو: وموسكو, لموسكو, بموسكو, فموسكو
ar place القرم: بالقرم, للقرم, والقرم, وللقرم, كالقرم
ar place البحر الأسود: بالبحر الأسود, للبحر الأسود, والبحر الأسود
ar place كييف: لكييف, بكييف, وكييف, فكييف, ولكييف
ar person بوتين: وبوتين, لبوتين, ببوتين, فبوتين, كبوتين
ar person زيلينسكي: وزيلينسكي, لزيلينسكي, بزيلينسكي
ar person سيرغي لافروف: لسيرغي لافروف, وسيرغي لافروف, بسيرغي لافروف
ar organisation الناتو: بالناتو, للناتو, والناتو, وللناتو, وبالناتو, كالناتو
ar organisation الكرملين: للكرملين, والكرملين, بالكرملين, فالكرملين
ar organisation وزارة الدفاع الروسية: لوزارة الدفاع الروسية, ووزارة الدفاع الروسية, بوزارة الدفاع الروسية
ar organisation حلف شمال الأطلسي: لحلف شمال الأطلسي, بحلف شمال الأطلسي, وحلف شمال الأطلسي
ar organisation الاتحاد الأوروبي: للاتحاد الأوروبي, والاتحاد الأوروبي, بالاتحاد الأوروبي
ar weapon صاروخ: صاروخا, الصاروخ, بصاروخ, بالصاروخ, صاروخين
ar words عقوبات: العقوبات, بالعقوبات, للعقوبات, والعقوبات, وعقوبات, بعقوبات
ar words حرب: الحرب, بالحرب, للحرب, والحرب, وحرب, لحرب
ar words الحرب: حرب, بالحرب, للحرب
ar words روسي: الروسي, روسية, الروسية, والروسية, روسيين
ar words هجوم: الهجوم, بهجوم, هجومين, والهجوم, للهجوم
ar words دبابة: دبابات, الدبابات, الدبابة, بدبابة
ar words ضربة: ضربات, الضربات, ضربتين
ar words غارة جوية: الغارة الجوية, غارات جوية, بغارة جوية, والغارات الجوية
fa words تحریم: تحریم‌ها, تحریم‌های, تحریمها, تحریمهای, تحریم ها
fa words حمله: حمله‌های, حمله‌ای, حمله‌ها
fa words جنگ: جنگ‌ها, جنگی, جنگ‌های
fa words روس: روس‌ها, روسها
fa words نیرو: نیروها, نیروهای, نیروی
fa words سرباز: سربازان, سربازی, سربازها
fa weapon موشک: موشک‌ها, موشک‌های, موشکی, موشکهای
fa weapon پهپاد: پهپادها, پهپادهای, پهپادی
fa weapon موشک بالستیک: موشک‌های بالستیک, موشکهای بالستیک
fa place اوکراین: اوکراین
tr words savaş: savaşı, savaşta, savaşın, savaşlar, savaştan, savaşa, savaşları
tr words yaptırım: yaptırımlar, yaptırımı, yaptırımları, yaptırımların
tr words saldırı: saldırıyı, saldırılar, saldırıda, saldırının, saldırısı, saldırıları
tr words füze: füzeyi, füzeler, füzeleri, füzenin, füzeyle
tr words ateşkes: ateşkesi, ateşkesin, ateşkese
tr words asker: askerler, askeri, askerin, askerleri
tr words uçak: uçağı, uçağın, uçaklar, uçakları, uçakta
tr words kitap: kitabı, kitabın, kitaplar
tr words ordu: ordusu, orduyu, ordunun, ordular
tr words müzakere: müzakereler, müzakerelerde, müzakereleri
tr weapon insansız hava aracı: insansız hava araçları, insansız hava aracını, insansız hava araçlarının
ru infrastructure Запорожская АЭС: Запорожской АЭС, Запорожскую АЭС
ru infrastructure порт Новороссийск: порта Новороссийска, порту Новороссийску
ru place Часов Яр: Часова Яра, Часовым Яром, Часову Яру
ru place Староконстантинов: Староконстантинова, Староконстантиновом
ru organisation Большая семёрка: Большой семёрки, Большую семёрку
ru weapon FPV-дрон: FPV-дроны, FPV-дронов, FPV-дронами
ru weapon дрон-перехватчик: дроны-перехватчики, дронов-перехватчиков
ru weapon 155-мм снаряды: 155-мм снарядов, 155-мм снарядами
ru person Ким Чен Ын: Ким Чен Ына, Ким Чен Ыном
uk place Часів Яр: Часового Яру, Часовому Яру
uk instrument військова допомога: військової допомоги, військову допомогу
uk weapon гаубиці Caesar: гаубиць Caesar, гаубицями Caesar, гаубиця Caesar
uk infrastructure Слов'янська ТЕС: Слов'янської ТЕС, Слов'янській ТЕС
pl place państwa bałtyckie: państw bałtyckich, państwom bałtyckim
pl place Krzywy Róg: Krzywego Rogu, Krzywym Rogiem
pl agreement umowa zbożowa: umowy zbożowej, umowę zbożową
pl organisation ukraińskie MSZ: ukraińskiego MSZ, ukraińskim MSZ
pl event rosyjscy dyplomaci: rosyjskich dyplomatów, rosyjskim dyplomatom
pl event atak na Kreml: ataku na Kreml, ataki na Kreml
pl weapon broń atomowa: broni atomowej, bronią atomową
pl formation wschodnia flanka NATO: wschodniej flanki NATO, wschodnią flankę NATO
de agreement Minsker Abkommen: Minsker Abkommens
de instrument russisches LNG: russischem LNG, russischen LNG
fr weapon missiles Patriot: missile Patriot
it weapon missili balistici: missile balistico
it weapon sistema di difesa aerea: sistemi di difesa aerea
"""


def read(table: str) -> list[tuple[str, str, str, str]]:
    """Language, kind, base and form of every row."""
    rows = []
    for line in filter(None, table.splitlines()):
        head, _, tail = line.partition(": ")
        language, kind, base = head.split(" ", 2)
        rows += [(language, kind, base, form.strip()) for form in tail.split(",")]
    return rows
