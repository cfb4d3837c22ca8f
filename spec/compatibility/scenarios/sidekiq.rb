# frozen_string_literal: true

require "support/charset_mails"
require "support/reference/scenario"

# What lands in Redis by the delivery to Sidekiq.
module Scenarios
  # @param options [Hash] of the delivery; a nil takes one away
  def self.sidekiq(**options)
    ->(mailbox) { mailbox.merge(delivery_options: mailbox[:delivery_options].merge(options).compact) }
  end

  # @param texts [Array<String>]
  # @return [Proc] for what is seen of jobs: whether all texts occur
  def self.tell(*texts)
    ->(jobs) { texts.all? { |text| jobs.to_s.include?(text) } }
  end

  # The reference takes KOI8-R for Latin-1, by the few bytes beyond ASCII that there are.
  right = (CharsetMails::TEXTS.keys - ["KOI8-R"]).map do |charset|
    Scenario.new("Sidekiq: a message in #{charset}", sees: :jobs, mails: [CharsetMails.mail(charset)])
  end

  two_charsets = CharsetMails.multipart(
    ["Content-Type: text/plain; charset=UTF-8", "Schöne Grüße aus Köln"],
    ["Content-Type: text/plain; charset=Shift_JIS", CharsetMails::TEXTS.fetch("Shift_JIS").encode("Shift_JIS")]
  )
  guesses = {
    "Sidekiq: a message in KOI8-R" => [CharsetMails.mail("KOI8-R"), ["Здравствуйте, мы получили"]],
    "Sidekiq: a message in two charsets" => [two_charsets, ["Schöne Grüße aus Köln", "総務の方にお願いして"]]
  }.map do |title, (mail, texts)|
    difference = { theirs: ->(jobs) { !tell(*texts).call(jobs) }, ours: tell(*texts),
                   readme: "one guess for the whole message" }
    Scenario.new(title, sees: :jobs, mails: [mail], difference: difference)
  end

  structures = %i[attachment auto_reply empty_body html_alternative new_issue reply]

  fields = { "class" => String, "args" => Array, "queue" => String, "jid" => String, "retry" => FalseClass,
             "enqueued_at" => Float }
  sidekiq_web = {
    theirs: { keys: ["queue:default"], fields: fields },
    ours: { keys: ["queue:default", "queues"], fields: fields.merge("created_at" => Float) },
    readme: "have `created_at`; the queue's name is added to `queues`"
  }

  no_worker = { theirs: "marked", ours: { status: 1 }, readme: "a Sidekiq delivery without `worker`" }

  SIDEKIQ = [
    *right,
    *guesses,
    Scenario.new("Sidekiq: many structures", sees: :jobs, mails: structures.map { |name| Mails.fixture(name) }),
    Scenario.new("Sidekiq: a namespace", sees: :jobs, settings: sidekiq(namespace: "resque:gitlab")),
    Scenario.new("Sidekiq: a queue of its own", sees: :jobs, settings: sidekiq(queue: "mailers", worker: "Mailer")),
    Scenario.new("Sidekiq: the default queue", sees: :jobs, settings: sidekiq(queue: nil)),
    Scenario.new("Sidekiq: no worker", sees: :outcome, settings: sidekiq(worker: nil), difference: no_worker),
    Scenario.new("Sidekiq: the fields of a job, and the keys", sees: :traces_of_sidekiq, difference: sidekiq_web)
  ].freeze
end
