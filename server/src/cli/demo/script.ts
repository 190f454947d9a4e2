/** What the demo says when nobody gives it lines. `{wake}` becomes the wake word. */
export const SCRIPT: readonly string[] = [
  'Welcome in, everybody! Tonight we are building a little robot dog out of a shoe box, two servos and far too much hot glue.',
  '{wake}, what time is it?',
  'The trick with the tail is that it has to wag before the dog knows why. So the tail gets its own motor, and its own opinions.',
  'Somebody asked whether the dog can hear. It can hear its name, and it can hear the fridge, and it likes one of them better.',
  '{wake}, how busy are you?',
  '! So I opened the box, and inside was not the servo I had ordered, but forty-two tiny plastic ducks, and one very confused customs form.',
  '$20 Ada: the ducks deserve a stream of their own',
  'While the glue dries, let us talk about batteries. A battery is a promise that somebody else has to keep at three in the morning.',
  '{wake}, how much memory is left?',
  'And that is the dog. It walks in circles, it barks at the fridge, and it is ours. Thank you all for being here tonight.',
];
