/** The three articles of The Gazette, a newspaper that does not exist, and what is special about their pages. */

export interface Article {
  /** The path on the Gazette's site. */
  path: string;
  section: string;
  title: string;
  standfirst: string;
  author: string;
  date: string;
  picture: { file: string; alt: string; caption: string };
  paragraphs: string[];
  /** Sent with the page. */
  headers: Record<string, string>;
  /** For the front page: what this page shows to somebody who tries the comments. */
  remark: string;
}

/** `service` is the origin that the comments come from. */
export function articles(service: string): Article[] {
  return [
    {
      path: '/last-ferry',
      section: 'Harbour',
      title: 'The last ferry to Skerrow keeps its lamp lit',
      standfirst:
        'For ninety years a boat has left Marrowby after dark whether or not anybody was waiting. This winter the town was asked whether that is a service or a habit.',
      author: 'Tilda Wrenfield',
      date: 'Saturday, 14 November',
      picture: {
        file: '/harbour.svg',
        alt: 'A small ferry with one lit window crosses a dark bay towards a lighthouse.',
        caption: 'The 9.40 from Marrowby, on a night with four passengers. Drawing: The Gazette',
      },
      paragraphs: [
        'At twenty to ten the engine of the Constance turns over twice, as it has every night since anyone can remember, and Edda Holm unhooks the chain at the end of the pier. On Tuesday there were four passengers: a nurse going home, two brothers with a bicycle between them, and a dog that, Holm says, has its own arrangements. On Wednesday there were none. The boat left all the same.',
        'The council’s accountants have counted the empty crossings, and there are many. Out of every ten sailings after dark between October and March, three carry nobody at all. Each costs as much fuel as a full one. Their report, which runs to sixty-one pages, recommends that the last boat should go at seven, and that a small motor launch be kept ready for what it calls “exceptional need”.',
        'Skerrow has a hundred and twelve inhabitants, and at the meeting in the net loft on Thursday most of them seemed to be an exceptional need. A baker spoke of flour. A pupil spoke of the orchestra, which rehearses on the mainland until nine. An old man, who had not put his name on the list of speakers, stood up and said that he had never once taken the late boat, and that he slept because it was there.',
        'It is tempting to file that under sentiment. But the treasurer of the ferry company, Jonas Abelard, brought figures of his own: since the neighbouring island of Lunn lost its evening boat, eleven households have left it, and the school that was to be saved by the saving has closed. “You can run a boat for the passengers it has,” he said, “or for the place it goes to. Those are different sums.”',
        'The vote is on the third of December. Until then the Constance sails, and those who stand on the Skerrow side at ten o’clock can watch its single yellow window come round the point, some nights with people in it and some nights without. Nobody on the quay, it should be said, ever waits to see which.',
      ],
      headers: {},
      remark: 'An ordinary page. Begin here.',
    },
    {
      path: '/tool-library',
      section: 'Town',
      title: 'The library that lends out ladders',
      standfirst:
        'In the basement of the Marrowby reading room there are no books at all, and a waiting list for the wheelbarrow.',
      author: 'Osric Penhale',
      date: 'Friday, 13 November',
      picture: {
        file: '/tools.svg',
        alt: 'A shelf on which a saw, a spade, a watering can and a ladder stand like books.',
        caption: 'Filed by what they are for, not by what they are. Drawing: The Gazette',
      },
      paragraphs: [
        'The catalogue begins with “Apple picker, long” and ends, four hundred entries later, with “Yoke, for two buckets (ornamental?)”. Between them lies most of what a household needs once a year and stores for the other three hundred and sixty-four days. Since September it can be borrowed on an ordinary library card, for a fortnight, with one renewal.',
        'The idea came, as ideas in libraries do, from a returned book. Somebody had left a folding rule in a manual on bookshelves, and the librarian, Priya Castellane, put it on the counter with a note. It was claimed the same morning by a reader who was not its owner. “He asked whether he could have it for the weekend,” she says. “I looked for a reason why not, and there was none.”',
        'There have been difficulties. A hedge trimmer came back with a hedge in it. The good ladder spent October leaning against a house whose owner had gone abroad. And the question of fines is unsettled: the committee agrees that an overdue drill should cost more than an overdue novel, but not how much more, nor whether the novel should be insulted by the comparison.',
        'What nobody expected is the noticeboard. Borrowers have begun to leave slips beside the tools: which nails split the old plaster in Cooper’s Row, whose cherry tree can be climbed, how to hold the scythe. Castellane has started to bind them. They will be kept upstairs, among the books, and they may not be taken home.',
      ],
      headers: {
        // As strict as a page with comments can be: no inline script or style, scripts from the service alone.
        'Content-Security-Policy': [
          "default-src 'none'",
          `script-src ${service}`,
          `connect-src ${service}`,
          "style-src 'self'",
          "img-src 'self' http: https:",
          "base-uri 'none'",
          "frame-ancestors 'none'",
        ].join('; '),
        'Referrer-Policy': 'no-referrer',
      },
      remark: 'This page sends a strict Content-Security-Policy and no referrer.',
    },
    {
      path: '/town-clock',
      section: 'Opinion',
      title: 'Leave the clock alone',
      standfirst:
        'The clock on the Corn Hall is five minutes slow. It always has been. A newcomer makes the case for not mending it.',
      author: 'Henrike Solway',
      date: 'Thursday, 12 November',
      picture: {
        file: '/clock.svg',
        alt: 'A tower clock that shows five minutes to twelve, with pigeons on the ledge.',
        caption: 'Noon in Marrowby, or nearly. Drawing: The Gazette',
      },
      paragraphs: [
        'When I moved here I missed three trains in a week, and each time I blamed the clock. It stands where you can see it from every shop in the square, it is lit at night, and it is wrong. I wrote to the council. They replied, by return of post, that they were aware of it.',
        'It took me a year to notice what everybody else had stopped noticing: that in Marrowby nobody is late. Appointments made under the Corn Hall are kept under the Corn Hall. The baker opens at seven by the clock, the school bell follows the baker, and those who must catch a train know, as one knows a stair in the dark, that they should leave before it seems necessary.',
        'Now there is money for repairs, and a firm that would set the hands by radio from a transmitter six hundred miles off. We should then agree with the rest of the country to the second. I ask what we would do with the agreement. The trains would not come more often. We should only lose the five minutes that this town, alone in the kingdom, has always had in hand.',
        'Mend the roof; it leaks. Paint the ironwork. Give the pigeons notice. But leave the clock alone: it has told us the time so faithfully, for so long, that the error must by now be counted among its parts.',
      ],
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin' },
      remark: 'This page sends Cross-Origin-Opener-Policy: same-origin, which cuts it off from its popups.',
    },
  ];
}
