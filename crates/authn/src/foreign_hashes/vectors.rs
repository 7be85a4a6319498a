//! Hashes that independent programs made, for three passwords each; the comment says which.

/// A password, and hashes of it.
pub(super) type Vectors = [(&'static str, &'static [&'static str])];

/// Python's bcrypt 5.0.0 (`$2a$`, `$2b$`), `htpasswd -nbB` of Apache 2.4 (`$2y$`), bcryptjs of npm
/// (the last).
pub(super) const BCRYPT: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "$2a$04$HygwHyLEPqwWsoxv.MFFSeqEfjfZ0P6WI.TP5MmjOCLXayjina5z2",
            "$2y$04$x2hiGtZuxprJZlLBoo.8/OMX1tbV/oYEzE/ujVkViE2bDWcmPawLm",
            "$2b$04$ixcbxuu8ajpiirOtW9rJZumPexeeAs7k3NliWVistDv4Y25D1LMVO",
        ],
    ),
    (
        "李雷的口令",
        &[
            "$2b$05$5mMXqItp3FSTxvqyYyXll.yYx/WWoS9vwKijqo7DYRnhSn3p1RMfS",
            "$2y$05$5jy7MTLx8/eI1lVHvUlZCOXmNtjEFwvFVGgNeJOSluL7RH42IJPbS",
            "$2b$04$uL1ifSne.dIBzzmOjqDkJuJbW93nSUOipN3aZ4HdWpt9CHjtf.zt6",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "$2b$06$CfOsDoEYW3dwoWk3/QZvu.Cx1pBpuQ5veI0GRVp22x4bp6cXD0/.q",
            "$2y$05$4qCku7DKXNgtphvyKTzP1OUEKQKbCUFf7IVKqcJA9ynLVmzX4Lvp2",
            "$2b$04$xwVrJzmKp9Qa4SCgwx7xXugP3c9pDAQhjAleGyuQkAXwTPnkY8gGS",
        ],
    ),
];

/// Django 5.2: its hashers with fewer rounds.
pub(super) const DJANGO: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "pbkdf2_sha256$1000$seasalt21$Etpvh87djw/O7RyXA35xw6zJy92T5JckM9nMYnYZnac=",
            "pbkdf2_sha1$1000$seasalt21$qL2eD5fYZg5wIyQ+49OQjZ7dnMc=",
            "scrypt$64$seasalt12$8$5$+bX1v7pibi6krYJjytket8XCOX7QwX9t5fFiX/s6rNx3rI0kF8RL5DS2LSglDjdu0N996igJbAWkzJLfwNtGiQ==",
            "bcrypt_sha256$$2b$04$zlhjU1QJB216.oSKNqaROOfc3YY8.sbFaVGOAMhvnH9ZwE8dINc5W",
            "bcrypt$$2b$04$KtRvkDVjWk.vuZ9x7uI02OF7lzd2z19nsHtrMhyZUaSFeTV/qTTCu",
            "md5$seasalt12$67084342a6d626ff2153f9ed6273262c",
            "argon2$argon2id$v=19$m=64,t=2,p=1$c2Vhc2FsdDEyc2Vhc2FsdA$cvSUB/qP1Qo9qqecCFDKKa3sTwE86B0X5381e5CGBaA",
        ],
    ),
    (
        "李雷的口令",
        &[
            "pbkdf2_sha256$1000$seasalt5$z/VS/d/cMI9Qs6SVfMXsodxg7giE1JSusWxlhaKw2b4=",
            "pbkdf2_sha1$1000$seasalt5$pYDaggdwV+M0MQ2B4tEalLKt/Mo=",
            "scrypt$64$seasalt12$8$5$KHCkZDW7VDQ7FRco5AnCBl2J4Ni52Wb0AiTXt+VHP6sC+iVdrzZMSxXeJkNzVSo6iXcA4PQ/C7IhFE1l+sJTBQ==",
            "bcrypt_sha256$$2b$04$bl6NqY1gJ9Yqb2ZVTGbXA.t/uBXNSw78s4AQvjm5j.xZL/xo1uaVS",
            "bcrypt$$2b$04$7L8rZO4qA0XbEIx6bZokIeFY8w.m2j7Jg1.Mxu92q77VtD49rtUw.",
            "md5$seasalt12$68bfba264b6a70d40f8ef395ff6a4139",
            "argon2$argon2id$v=19$m=64,t=2,p=1$c2Vhc2FsdDEyc2Vhc2FsdA$SYLZdjfBkJ7nt4E0HTm5W4KWZB4f9fH3Va5NXBW+k9A",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "pbkdf2_sha256$1000$seasalt20$Nt5D/nA/OntfH4XlsutAays6bWpSexEQF6bxz5VyKhc=",
            "pbkdf2_sha1$1000$seasalt20$D4sfK0zkRUbdvIJJGIFpBZlEW4g=",
            "scrypt$64$seasalt12$8$5$500G/MBGGEUvhtC9aTm8Mpna4EUuLJbPkR+9tBBJG2M5GhwJuTxBh00VczN+JeEZa4lrPI7p0vFL7OlFggWEwA==",
            "bcrypt_sha256$$2b$04$Yd0mlAluMkjCq./0Ctfew.K1HV1C2L7vnKq03VTsq2dPOVOxUxQGq",
            "bcrypt$$2b$04$BAFcrbHlY79Gn79NlrohEeX3mw1G.191JNWioludgu/ZAtIuZWqg6",
            "md5$seasalt12$c60722c1bccb22a4b691d27d43e251fd",
            "argon2$argon2id$v=19$m=64,t=2,p=1$c2Vhc2FsdDEyc2Vhc2FsdA$ohCFMPvxXqErMjuIGccLSCMMPZ+Ufe3BI8PWGcKlWdQ",
        ],
    ),
];

/// Werkzeug 3.1: `generate_password_hash`.
pub(super) const WERKZEUG: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "scrypt:1024:8:1$Jr7xo05abKOLQg8U$1e08306ad1f3bbe9bd53327b051c2fb7d9b0452fe315e76fef55e3ff4f50a358d8eff98fbcfe02e25bb60bf1fbf8dc2c9a3732e051d3cd0e3a468b0ec47a353f",
            "pbkdf2:sha256:1000$0jvBEPDwGocoU0NF$6bf77f2ce6eaded335d850ec2e75b70ba6c170baa1e621ebbd78553d56c14f22",
            "pbkdf2:sha512:1000$d2dyVxDlU7fYemYs$c0ed1689125dc471dc77904faab8a254b478cefdd381c51960b06d24dabaf9faf91fb6828fb2f9d45deac7173b30969d3745eb8680f6bb18f642fe7693b6dbfa",
        ],
    ),
    (
        "李雷的口令",
        &[
            "scrypt:1024:8:1$iNMNo0JW5FRaSDnA$4bf342dcb489e7919891a50cdca6412db61cab37ecbb7e5c591b418bb90d6d794db55758c18b960c09fc926eb36067cd70baf903de780cf83ea2d20f33aa09fa",
            "pbkdf2:sha256:1000$8cglRS83QzleHLEg$5421b50e048a6505cfd2d5579fc88e8c1d42135629c011f883034b487a1bbe08",
            "pbkdf2:sha512:1000$JcZOQ8HCv51hCPoW$258969c1c22eea91ba6e7878fafb92c38e46251698ae21d97f56fafa5e3ce5b68ff708050ae291eb895f0160c8632dac0e48462f41931d9fadd7620b35a9aa6c",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "scrypt:1024:8:1$YjWEOqzkJRuSe7X2$bf9cb8f02170559d6291ed863cc0fc870309d9159e1a8e706d6386982d1a306b936dd52cc0fdcf301dcd0496c5ad1ef619db2cbcbf95608509730d5c691258d0",
            "pbkdf2:sha256:1000$FfierZyk0f8wVENz$c20bde417c72ba20c5c998b407ab56203cb74aa77b6bd391a8f2eff4b7b66ecf",
            "pbkdf2:sha512:1000$GXHKLULAPpVmH7vy$97e67eea4d6f2497cacf2bb536422e06857c899f2e31bc6559b0d536afbec98ee229a44b2c10f00ed45f4257581c5e3994a51e78147881e86d2323425b0f6109",
        ],
    ),
];

/// passlib 1.7.4: `scrypt`, `pbkdf2_sha1`, `pbkdf2_sha256`, `pbkdf2_sha512`.
pub(super) const PASSLIB: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "$scrypt$ln=6,r=8,p=1$yFmrVcpZCyFk7B1DKEWI0Q$LPRg6U9bhfSw1TsPOqP3XsiuwWoLjNT0mu/pWw/p33U",
            "$pbkdf2$1000$0BrjnNP6fy9FyJkTIgQAAA$zvZgQpWwvKn/Fs3OMqouZ4v48V8",
            "$pbkdf2-sha256$1000$Z4wxJuRcSwlhjHGOkXLuvQ$XpELT3t51hFTBEAv5ZPSV5U7KcAM714M5dH2Ajv01Lc",
            "$pbkdf2-sha512$1000$ZUwppRRi7F1rjTGmVEopBQ$RO8oMcdsEw4WLdOpwZWAEzFQud2vxLeS5F6UJYdUvJraJXC2ZBNTKh9F/TXgNrrhEzsTeBLiVEkoEnHusj4bZw",
        ],
    ),
    (
        "李雷的口令",
        &[
            "$scrypt$ln=6,r=8,p=1$I6QUwphTKuXc+3+v9d4bgw$GQH4C5jp0ZEOHM6zexD8V+cEVv2TKJvFXTWN3LcLxVE",
            "$pbkdf2$1000$DiGEkNJ6DyGklDLm3LsXIg$qKJEd9AjJzxmGyrdIFvQabqIMSI",
            "$pbkdf2-sha256$1000$tjamNKYU4jznHEOotRZiLA$d5ANju.KEAkqF7twq1XImfWpxCk7sQs1QFg/xeMuKpk",
            "$pbkdf2-sha512$1000$v/ceQ8h5bw3hHON8D.E8hw$k900JZzS7UPCUfywoaPQeJQ6EbD3Q7HwGjVtcecjheugP55v1lS4aygs.GGKlHHs2KfyyeI9fh.QOHZNkv8vrg",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "$scrypt$ln=6,r=8,p=1$3rsXIkRIKWUsBQDA2DsnhA$oaIENYJtTT52DyJD5QxhceD1cGKfJzOvhWS9VWCGS8w",
            "$pbkdf2$1000$ZwwhBIBwjvG.917r3fv/nw$lEly2ELoodKfygME96eEHceif.k",
            "$pbkdf2-sha256$1000$UwqhFKK0NqZUirF27p1Tig$/ALC.y1qDEyh5yPR0eUxFp1ZajrNimPvfEKAW.7Xu/I",
            "$pbkdf2-sha512$1000$KAXgvHcuJYTQOsd4j1FKaQ$.ESRys1qO1TkJDXXRwkTuvw91Iamc5wRqICCRpGsgX/Ritkdg6s6zRtdkDTaZxmFXkQvWJOMpdyhNY4XrCTnZg",
        ],
    ),
];

/// passlib 1.7.4: `ldap_md5` and its relatives; `{SHA}` is also what `htpasswd -nbs` makes.
pub(super) const LDAP: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "{MD5}okyMu6RVTonoEp4ravhNYQ==",
            "{SHA}UjayVg6tvB5OH/4m6ETgpDpRLfs=",
            "{SMD5}SNIauRzfSopwuAVzTBI8bSFk7D0=",
            "{SSHA}s3JNdGqquOyj6Tgf11UUA8od0gkDwFir",
            "{SSHA256}uYl6HweG2Kve9hRSfzo1cSrlKTmr9n5p/UX0C1NJByfHuNcaQ8i51w==",
            "{SSHA512}bVERZBQYDjkDQC8sLeSI4el/bHPs/zW5MlPsDpIwczBAj6fYS+21uG43aZzJ+wROhPx81sQHb7wEe66wdoIFU3JuLYWQEkIo",
            "{PBKDF2-SHA256}1000$yZmztvZ.D8EY4/w/ZwwhZA$FSzAoCgG.Vo8Zc4endwQopU/kkmh8Bg5GC88D0WW.kE",
        ],
    ),
    (
        "李雷的口令",
        &[
            "{MD5}6o3b0mzdJxpojG+1BO0ZsA==",
            "{SHA}OrDStQdUaK6R0GkXr2mxI2XBWRQ=",
            "{SMD5}h3jourxADf706rf0Woy4PKe09p4=",
            "{SSHA}nW0r5uKpZLTdySjlvr6zNYmK+qal9N6b",
            "{SSHA256}JjKNf3IQeyXIIt8CGsg5FmtsPbKXidEAMKB+45sslNNRytl7b42xtg==",
            "{SSHA512}AKdSl0ON7f6QKs86P3YjluxjM7kSJyf380hOo+Idh0w/rz87fsggDz88yAXdsUdq8JeybJjDLxPgGGAKXyadK7qXUkophXBO",
            "{PBKDF2-SHA256}1000$mXNuDQEg5DxHCME4J4QwRg$HTC3EzUq9.bG4dsBBSk6.5NSeYHmztBVYt9E.U5Ok10",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "{MD5}g10WmkUkDOWClrPWERLGNw==",
            "{SHA}AUUXLE6lKznT2zAo9diI3BmtiCM=",
            "{SMD5}fZlW5SnNei3YUDYN1GIcn6e0thY=",
            "{SSHA}KPdlRtSuuwdaAlRW6JwqCys6zyoZ4/z/",
            "{SSHA256}OR4wbKUgI9e1fc372iMaO1wD3KNFSkB8WG9zrf2YO3jIGePcmxMCYA==",
            "{SSHA512}n6oy1Lh6tmymxeZ6TCxg3rp+5yA1KG4fp/2LcilqXyOS+xzb59/40jRNQSfgzyT0khXykbJtgM16VtqU8JgUD19rLaW0FiLE",
            "{PBKDF2-SHA256}1000$O4fwHsMY4zyHEAIgZIzxfg$v2t48OxcMINQP.Wn6DR67POPlMRIUVM/5j9JPdkBXlk",
        ],
    ),
];

/// argon2-cffi 25.1.0, over the reference implementation in C.
pub(super) const ARGON2: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "$argon2i$v=19$m=64,t=2,p=1$4gB4PkU2cR9/CqV5cuaG4g$ROHks3UgRUT4qVZxTbVwp9DCjPQ6t9YOVY0+7o7f2Ec",
            "$argon2d$v=19$m=64,t=1,p=2$VDDKK2s3OOncRXwKitpCfA$P6vJbNoPPn4F6+siI8mxUm/vdwqQc9Z79hI6JusH5YI",
            "$argon2id$v=19$m=128,t=3,p=1$+0ZOvawVDhqY+CrLLSHkfA$YX1LdfZjPncTNvWcS5zHg15aisYOKwMpqygktogmUvU",
            "$argon2i$v=16$m=64,t=2,p=1$UEoBm/DaDum4GjloQ0LByw$tc9NEoT62Wjzoe+gg1WxL8gIkWrIhPE1Ky1S9ljVCHo",
        ],
    ),
    (
        "李雷的口令",
        &[
            "$argon2i$v=19$m=64,t=2,p=1$hivAngPzfh3CuOHtLVOSKQ$P8K/aOUlMu3fGg5fEC6w54G/8qsKdDTaRhqnkrKJkWY",
            "$argon2d$v=19$m=64,t=1,p=2$LUvTxGmPv1QSAye/MMNogg$DpaJMazY4ZgK2bkZAQtjF1Qx++bb1wC2J/9jmBzyDU0",
            "$argon2id$v=19$m=128,t=3,p=1$TA71nw4F6Wdhj4tnLC1HeQ$vQ1CahovcCl+0ouTfQck7mrS7JGazmMwNNJby2dsXfk",
            "$argon2i$v=16$m=64,t=2,p=1$06Xu+ivGVvCMgR79BLCG8w$au3ORONsEJDvyzd8clzau6lhRcI+DIbx+eDdUT1ozg4",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "$argon2i$v=19$m=64,t=2,p=1$xhCGFfDYQqycxwnzxRpCEA$g7IEVTaefeQ4msKR1yTchBx+E++Ej5Vo0HkqhJiwyIw",
            "$argon2d$v=19$m=64,t=1,p=2$30+RVlS/g4zX6/MCzxJ/Tw$WnI9ycstHMmADy+V0nnK0Q5C+9RlwbSjndEC9MYZwiA",
            "$argon2id$v=19$m=128,t=3,p=1$7bhs9VTeAMQlu1TSM5gTvA$RghhCZCHTJdcEMHO5Th9NN4ouEQ2/z8MaBmoaj/pxsw",
            "$argon2i$v=16$m=64,t=2,p=1$oLHc4A3Fdb5PeRDqf95ipQ$BefcYKpdFaFRomNiLqYUX8/s+nOwtxeQ+f8c9ebiv18",
        ],
    ),
];

/// Node.js's `crypto`: `scryptSync` and `aes-256-ctr`, as Firebase's own description combines them.
pub(super) const FIREBASE: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            "$fbscrypt$v=1,n=6,r=8,p=1,ss=Bw==,sk=57i2Nf9PDype9sNMOZb1Aggq84lqlWuItepBBye7Cudoz/T+fzrdxaQTSetEormt2y+Z6chVOTOrrRrJ5UzX3Q==$F4ydFNis0He4MQ==$AE+me3VQYXsccB7Epwc+3HAiqlBpQHkdthyoR6NXauozzrhdJ3ROnRWplY8W+X+UE3XJMp+cDzAqX6OS0SnSOw==",
        ],
    ),
    (
        "李雷的口令",
        &[
            "$fbscrypt$v=1,n=6,r=8,p=1,ss=Bw==,sk=4ryaZyWk192IVr68DgMKqMsNfUXc/g+AngdC+EpKDB5FRAD3VSg6B12YRY/u6KSkn84UpVGTz2HL08SOW+eGdQ==$+arA12jiT9DrPA==$XnEIBooCTbfTyVRAEYSUqiFpQzIGUE1CE/jsgEdw7dKNYgAKQzXkGuOGcfYVFrMGE4cJU/1xVpY7DDV46ME5hQ==",
        ],
    ),
    (
        "pässword with spaces",
        &[
            "$fbscrypt$v=1,n=6,r=8,p=1,ss=Bw==,sk=ZMofEyx9nRHZSAOBm1xXVVdpfUcCR1lvGiUT0QrxJCySMc/EAcWKLZ7lCFusC1WIYS0n/t8Tbmcz3mRH8iEZjA==$rQ1a1zU2OmTXnA==$CCFwUw7XP4VvS4mGQZPZ6MdMVl4sVDTacMKIHPlSlLr8FH/n1gR+4ZfxgrkDStbYyK7i8D8Z6IeCHmz/YUkEYw==",
        ],
    ),
];

/// The example in the documentation of github.com/firebase/scrypt (user1password).
pub(super) const FIREBASE_EXAMPLE: &str = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";

/// Node.js 20's `crypto`, as Auth0's import takes them: `createHash`, `createHmac`, `scryptSync`,
/// `pbkdf2Sync`.
pub(super) const CUSTOM: &Vectors = &[
    (
        "compoejffio@jfowfjeio",
        &[
            r#"{"algorithm":"md5","hash":{"value":"8ddbda9acd24e85823ce8c93510b1c14","encoding":"hex"},"salt":{"value":"1BvhXZIEl8J/BLdP","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"md5","hash":{"value":"t6hMvva1JttKeBdH7RLeRw==","encoding":"base64"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"8e4e8b18a37b6d806501c0e1b298720d543c3f0d","encoding":"hex"},"salt":{"value":"1BvhXZIEl8J/BLdP","encoding":"base64","position":"prefix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"qVzyQZErSd99zlu2mbuNvB58Jq8=","encoding":"base64"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex","position":"suffix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"5c5ca54c240d318eeda6dc729c1df897b69bd88f33bf6126d80225c1da1b00c0","encoding":"hex"},"salt":{"value":"1BvhXZIEl8J/BLdP","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"J56GG8E5iM5/JYNC8QlMDhk/SFqpFWImmqRwNMUcaBU=","encoding":"base64"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"624c58a6efc29fd5837b6652f926a98aff727c55a1ed9f0c05b5a806228bfc2e7a941af20a05a803b9b66b42ef7d0e44","encoding":"hex"},"salt":{"value":"1BvhXZIEl8J/BLdP","encoding":"base64","position":"prefix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"RSoHvkU1NCI80eSYHt0cWtnttxPJPkkf2ADaf75ZsyeDMM+QxiHRDncfiWcW803i","encoding":"base64"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex","position":"suffix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"af2e64911c22c67388e6a4038255f7615bde68a1be66275a86f1e068f3e4599b6c461f2a88c6ba2c255cb00c9d05737c132a873abcfe979c30a3d3e841264a9a","encoding":"hex"},"salt":{"value":"1BvhXZIEl8J/BLdP","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"5OnhVmVmdz4viYUuTDRbGhASN/rM24nXBoeIaYjM1lgyGZzR6PN0VxdtRuZmfiFyhe0yMUgfTGgK2QD9aTP8Lg==","encoding":"base64"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"5400baa239fc3376c707551f11ff5767","encoding":"hex","digest":"md5","key":{"value":"pulozQ0O3/qyfxNlB/l6Yg==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"68968f6cbd3257ee711c242126091128e99d13f9","encoding":"hex","digest":"sha1","key":{"value":"rouN8LJsp7BNfNGEUOYQ2w==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"3228b7fde66c56c499b66026e557f233b319e1a6bf5ab07729393905","encoding":"hex","digest":"sha224","key":{"value":"59CCAkjQZuaQnXW/AnURaA==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"4a94dc0a8cfe8cd1f997f4dd9269ba985143c9097502aadb9b866d9ed7f9473a","encoding":"hex","digest":"sha256","key":{"value":"vRsSgsjqOyErarlaWGrRAg==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"e5dffa6c059f1bfd73ffb503e4b501b4a32849007286449f232ce3243a36e7c52ebe10793f5d3997ea8e8a284fb917f2","encoding":"hex","digest":"sha384","key":{"value":"T+A/YUssf2WWoZEYnjqk2g==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"37fa37907fbcdd972c4adbd92cbe00ebad8494dc6da1b095ab097a0fc3230a675f70e81bb190ba77f70d4ee6a39fed7b46ef6b7b2b363a590d8b62291c9daa46","encoding":"hex","digest":"sha512","key":{"value":"YsjKOCJOsgORfm0EVNqrWg==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"WGB0ODRijhZCwuADUkejy/3tl0x05+A/CjUmcJGgngM=","encoding":"base64","digest":"sha256","key":{"value":"pepper","encoding":"utf8"}},"salt":{"value":"salty","encoding":"utf8","position":"prefix"}}"#,
            r#"{"algorithm":"scrypt","hash":{"value":"2dfb60693a98366afe0a942674c216b38dd80d5c1de59fb73e6ba872f17770c4e58a49f2d0576e39155f84a99356600885b8c93c5bbc536751a519445aa9cb73","encoding":"hex"},"salt":{"value":"d41be15d920497c27f04b74f","encoding":"hex"},"keylen":64,"cost":64,"blockSize":8,"parallelization":1}"#,
            r#"{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$i=1000,l=32$1BvhXZIEl8J/BLdP$QhQ2AheTEmy2E3Ew5PNhh2A9LKYnMr5Us+dFtvqA7bU","encoding":"utf8"}}"#,
        ],
    ),
    (
        "李雷的口令",
        &[
            r#"{"algorithm":"md5","hash":{"value":"c6d39abd4559a5788d0136352e7e5a53","encoding":"hex"},"salt":{"value":"0HLXP+V/TNJeCXvZ","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"md5","hash":{"value":"Ll7N2T92Mirg6ZyXXIppMw==","encoding":"base64"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"1a79c84d7cd7fb6f535fa26fa7a801ce610d6b3a","encoding":"hex"},"salt":{"value":"0HLXP+V/TNJeCXvZ","encoding":"base64","position":"prefix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"8dRouxgQ3B1w8eyZXnFLs28QDoY=","encoding":"base64"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex","position":"suffix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"58bcf66bca012f6d6d974b4cbf2dbfdfb0bdac43ca13d19256538fedba60710c","encoding":"hex"},"salt":{"value":"0HLXP+V/TNJeCXvZ","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"ZTRTZ3JhJuALpEVJvdFlXs9gsjOKl7SPsL9xNxUAC1U=","encoding":"base64"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"23b4e8043c49ae1e7df2216647ca0f38fcc7cae55001a96229d345e3a632963be80374e351088f4f4fb903e0cafc049a","encoding":"hex"},"salt":{"value":"0HLXP+V/TNJeCXvZ","encoding":"base64","position":"prefix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"Kjd52r0yQk8V/qovjee6Byymiv1cbV3zNzKBObtJUL9QhOgu69alItFcsV/qTt5q","encoding":"base64"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex","position":"suffix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"d563706c300df1ac1aea75b1072502045e8098fab8150f4fde6c6c065776db8bd028ed315b6770845af8e3906ae665d489700ea3f5239fb0da7f0cf2f47bdc98","encoding":"hex"},"salt":{"value":"0HLXP+V/TNJeCXvZ","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"bZfhnd5FY3VvgaPI0gsYTN4GvLmZPOg4AknD8fKPZQ7RZl3DCNOEAHwhErVju0QU5Y2mq+jClePkjzkRjqkRMA==","encoding":"base64"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"f6a98df0eea635efad6e35eefa1592cc","encoding":"hex","digest":"md5","key":{"value":"qVAynjK9MegwFg+DAQ7A9A==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"252238c07670ec888539b686a1eebd801e9ed188","encoding":"hex","digest":"sha1","key":{"value":"RDjLgy40dfBF9XAkp5dFsw==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"b0a9e94f30451149c190ec3a291fcbc9b9c34ab88c9462af3ec0fc67","encoding":"hex","digest":"sha224","key":{"value":"7F7UmK5EGulPtCwy40SGHA==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"8b6bec7e79954752d8846613938657eabfa6b01123f85186200ad7f7cdd12deb","encoding":"hex","digest":"sha256","key":{"value":"wC4TUuF4HwDEmta9mTkngw==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"44900c0607d5f78443203ec59271f1c154a90cbc97bfe957360528c040293bcc37d568936a6319315692535d530b3bd1","encoding":"hex","digest":"sha384","key":{"value":"8fOtVGEwgGe93i3GbkzV0A==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"7f08ec2b62b7a1a1da51a94b4b42eadc17cefff76209e7fd00935f29cefb8b18ad9145188e3e1f07f01ff4161057380fb354c70e883894b2c34b7b03e9b64a99","encoding":"hex","digest":"sha512","key":{"value":"jWIUCX48IjjhfMmBG6SAXQ==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"cv3P49ZoXqlC7kkyLSXsAfCuNOx4aA1oHBxXQLBhEG4=","encoding":"base64","digest":"sha256","key":{"value":"pepper","encoding":"utf8"}},"salt":{"value":"salty","encoding":"utf8","position":"prefix"}}"#,
            r#"{"algorithm":"scrypt","hash":{"value":"2196f2f9ccecee79cd9fc8715766e821117f5c6e0dd1ec7a48f8ac921a92c25a60c72b55afa2ec2d871915846bdd1b4f0da33dcdb8eef20534e2ea70696b69a7","encoding":"hex"},"salt":{"value":"d072d73fe57f4cd25e097bd9","encoding":"hex"},"keylen":64,"cost":64,"blockSize":8,"parallelization":1}"#,
            r#"{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$i=1000,l=32$0HLXP+V/TNJeCXvZ$DxYRLLRYKOno0pdy1LZrLnzRU61/af3v2pHJ6xj1uGk","encoding":"utf8"}}"#,
        ],
    ),
    (
        "pässword with spaces",
        &[
            r#"{"algorithm":"md5","hash":{"value":"18c86f1eb6dea4e761a4b9975ba65f76","encoding":"hex"},"salt":{"value":"AfAlJ0vJaJAvRpXl","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"md5","hash":{"value":"J+KPpHvQqEGZX3rMIKMlqA==","encoding":"base64"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"ed4f2716274fee73bd5031aed4af44945cf8d3fb","encoding":"hex"},"salt":{"value":"AfAlJ0vJaJAvRpXl","encoding":"base64","position":"prefix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha1","hash":{"value":"i/eCRnZB+c+zhbvqWi9nmoAZgfs=","encoding":"base64"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex","position":"suffix"},"password":{"encoding":"utf16le"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"32f54499bf6396205faacfbf3679ae7be1066f8dabba406768233b412d3ca702","encoding":"hex"},"salt":{"value":"AfAlJ0vJaJAvRpXl","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha256","hash":{"value":"osROWTe3BrLmTGHcHrWaQR2CddPErqLcBn0Fa9Tkz3o=","encoding":"base64"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"0eb99581b1525f5f6f6557f801f6f6b107b28c28fa4d8548eccd8f9ef25c4a6fe8bf07376640da78b9d208e07615064e","encoding":"hex"},"salt":{"value":"AfAlJ0vJaJAvRpXl","encoding":"base64","position":"prefix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha384","hash":{"value":"09mK4Hr40U5R/HiMjT7ELoYKj0fVk+dAnztNPhok23zHWEGXNwIVsFVs/LRwS5b8","encoding":"base64"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex","position":"suffix"},"password":{"encoding":"latin1"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"b2c9282bf235aca5b33e93a3b41c269a3d59c4e0c36ffce747de4112faa4abf1c361c3de1f009f4fb1538e2e84f83609f51e2866bf8ece1ec8c5543d32e76ee5","encoding":"hex"},"salt":{"value":"AfAlJ0vJaJAvRpXl","encoding":"base64","position":"prefix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"sha512","hash":{"value":"hqgXlYxz/cqIDBHbYqLCzPoF0bxR7lvc9JP5nEK5ZUNEmo+HtUjPLrsqewDHPyXAWKUZfAYOAW152Dqj1eDyDw==","encoding":"base64"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex","position":"suffix"},"password":{"encoding":"utf8"}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"df1d81d638bc9da9bfefa368b819f1b7","encoding":"hex","digest":"md5","key":{"value":"mVImwyB95a3RexbYByyJ2w==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"e190729786f12b6ea489baca8d3cc195649b3b9f","encoding":"hex","digest":"sha1","key":{"value":"I7zkOQIf70pIphQUBqb4ZQ==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"8cf6ab238ea410535e4f874882848c189a28fc1b3e76616a26c3ecb2","encoding":"hex","digest":"sha224","key":{"value":"iazl0m9wFXW7s0WqzqJShw==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"16b5212d3cbaa7fcba1620a2f9b49d1b3d48ce22a30412cdc4006cbfe2086b07","encoding":"hex","digest":"sha256","key":{"value":"a9KzinIVj1TXQKAnmxK8JQ==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"f8a2a832358344cc04d3ce10094d391973bee1344b7e4202f87a1e27aca6a9a11dfbc3e4bc8eb3204a62041cfaec7280","encoding":"hex","digest":"sha384","key":{"value":"zrx2ijCqDZPxDsW7yoTLFg==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"04c2dcb82abcd10b44701286e279ef0c4625e9e74e78c27dcd58092f5bdd8c2aad6ed2d42d44a6835fc2a31bcd997e5b968b4929d30f4a17d52e02d09837178c","encoding":"hex","digest":"sha512","key":{"value":"7wjP6TbfE/teIEVClm3MAg==","encoding":"base64"}}}"#,
            r#"{"algorithm":"hmac","hash":{"value":"R9RqpHPrbsmP51oUtCcuHqz4Jw6Qc0sX2i0vFJfSvsA=","encoding":"base64","digest":"sha256","key":{"value":"pepper","encoding":"utf8"}},"salt":{"value":"salty","encoding":"utf8","position":"prefix"}}"#,
            r#"{"algorithm":"scrypt","hash":{"value":"85c681cbdc37a4eb6e7c89c2c52deac4c3ab76a66adae1cdd23522dfbf28d76116468aaae8c98ffbaabc201ffb1f79fb60860e62d48eecf08b6c23f32c874190","encoding":"hex"},"salt":{"value":"01f025274bc968902f4695e5","encoding":"hex"},"keylen":64,"cost":64,"blockSize":8,"parallelization":1}"#,
            r#"{"algorithm":"pbkdf2","hash":{"value":"$pbkdf2-sha512$i=1000,l=32$AfAlJ0vJaJAvRpXl$H3kaf93QyTtCdaQAFn+5FEQizd+Iz9jxHw85Xnw4IIE","encoding":"utf8"}}"#,
        ],
    ),
];
