//! Where employees live and bank. The banks are made up.

pub(super) struct Place {
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// Lowest and highest salary, in whole units of the currency.
    pub(super) salary: (usize, usize),
    pub(super) decimals: bool,
    pub(super) account: Account,
    /// The first four letters of the BIC.
    pub(super) bank: &'static str,
    /// Country and location in the BIC.
    pub(super) bank_location: &'static str,
    pub(super) given_names: [&'static str; 11],
    pub(super) family_names: [&'static str; 13],
}

/// How account numbers look.
#[derive(Clone, Copy)]
pub(super) enum Account {
    /// An IBAN: the bank as letters or digits, and how many digits follow.
    Iban { bank: &'static str, digits: usize },
    /// No IBAN, just so many digits.
    Number { digits: usize },
}

/// Of twenty employees, how many work at which of the [`PLACES`].
const SHARES: [usize; 7] = [6, 4, 3, 2, 2, 2, 1];

impl Place {
    pub(super) fn of(number: usize) -> &'static Self {
        let mut share = number * 7 % 20;
        for (place, count) in PLACES.iter().zip(SHARES) {
            if share < count {
                return place;
            }
            share -= count;
        }
        &PLACES[0]
    }
}

#[rustfmt::skip]
const PLACES: [Place; 7] = [
    Place {
        country: "GB", currency: "GBP", salary: (1_900, 5_400), decimals: true,
        account: Account::Iban { bank: "HVNB", digits: 14 }, bank: "HVNB", bank_location: "GB2L",
        given_names: ["Alice", "Benjamin", "Charlotte", "Daniel", "Eleanor", "Finlay", "Grace", "Harriet", "Isla", "Jacob", "Keira"],
        family_names: ["Ashworth", "Barlow", "Carver", "Dunmore", "Ellery", "Fenwick", "Garside", "Holloway", "Ingham", "Kirkby", "Langley", "Marlow", "Norcross"],
    },
    Place {
        country: "DE", currency: "EUR", salary: (2_100, 5_800), decimals: true,
        account: Account::Iban { bank: "10099001", digits: 10 }, bank: "UFRB", bank_location: "DEFF",
        given_names: ["Anja", "Bernd", "Clara", "Dieter", "Elke", "Franz", "Greta", "Hannes", "Ilse", "Jörg", "Katrin"],
        family_names: ["Ackermann", "Böttcher", "Clausen", "Dörfler", "Engelke", "Fährmann", "Gärtner", "Hübner", "Issel", "Jäger", "Köhler", "Lindner", "Möller"],
    },
    Place {
        country: "FR", currency: "EUR", salary: (1_800, 4_900), decimals: true,
        account: Account::Iban { bank: "90001", digits: 18 }, bank: "RIVB", bank_location: "FRPP",
        given_names: ["Amélie", "Bastien", "Chloé", "Damien", "Élodie", "Fabrice", "Gaëlle", "Hugo", "Inès", "Jérôme", "Lucie"],
        family_names: ["Aubert", "Besson", "Chevalier", "Delmas", "Esnault", "Fournier", "Garnier", "Hébert", "Imbert", "Jacquet", "Lemaître", "Mercier", "Noël"],
    },
    Place {
        country: "ES", currency: "EUR", salary: (1_500, 4_100), decimals: true,
        account: Account::Iban { bank: "9001", digits: 16 }, bank: "SRRB", bank_location: "ESMM",
        given_names: ["Alba", "Bruno", "Carmen", "Diego", "Elena", "Fermín", "Gloria", "Hugo", "Inés", "Joaquín", "Lucía"],
        family_names: ["Aguado", "Benítez", "Cabrera", "Durán", "Espino", "Fuentes", "Gallardo", "Herrero", "Iglesias", "Lozano", "Muñiz", "Núñez", "Ortega"],
    },
    Place {
        country: "NL", currency: "EUR", salary: (2_200, 5_500), decimals: true,
        account: Account::Iban { bank: "DYKB", digits: 10 }, bank: "DYKB", bank_location: "NL2A",
        given_names: ["Anouk", "Bram", "Cato", "Daan", "Esmée", "Floris", "Guus", "Hanneke", "Ilse", "Joris", "Koen"],
        family_names: ["van Aken", "de Boer", "Claassen", "van Dijk", "Evers", "Faber", "de Groot", "Hoekstra", "Jonker", "Kuiper", "van Loon", "Mulder", "Nauta"],
    },
    Place {
        country: "PL", currency: "PLN", salary: (5_200, 13_500), decimals: true,
        account: Account::Iban { bank: "90010014", digits: 16 }, bank: "WSLB", bank_location: "PLPW",
        given_names: ["Agnieszka", "Bartosz", "Celina", "Dawid", "Ewa", "Filip", "Grażyna", "Hubert", "Iwona", "Jakub", "Łucja"],
        family_names: ["Adamczak", "Bąk", "Cieślak", "Duda", "Głowacki", "Hajduk", "Jaworek", "Kędzior", "Lisak", "Łuczak", "Mazurek", "Nowicz", "Ośka"],
    },
    Place {
        country: "JP", currency: "JPY", salary: (260_000, 640_000), decimals: false,
        account: Account::Number { digits: 7 }, bank: "SKRB", bank_location: "JPJT",
        given_names: ["Aoi", "Daiki", "Emi", "Fumiko", "Haruto", "Itsuki", "Kaori", "Masaru", "Naoko", "Ren", "Sakura"],
        family_names: ["Akamine", "Fujita", "Hasegawa", "Ishimoto", "Kawano", "Kuroda", "Matsui", "Nagata", "Okabe", "Sasaki", "Tanabe", "Uchida", "Yoshino"],
    },
];
