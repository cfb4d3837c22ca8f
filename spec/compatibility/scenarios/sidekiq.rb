# frozen_string_literal: true

require "support/charset_mails"
require "support/reference/scenario"

# What lands in Redis by the delivery to Sidekiq.
module Scenarios
  # @param options [Hash] of the delivery, besides redis_url; a nil takes one away
  def self.sidekiq(**options)
    ->(mailbox) { mailbox.merge(delivery_options: mailbox[:delivery_options].merge(options).compact) }
  end

  # By its few bytes beyond ASCII the reference takes KOI8-R for Latin-1.
  charsets = (CharsetMails::TEXTS.keys - ["KOI8-R"]).map do |charset|
    Scenario.new("Sidekiq: a message in #{charset}", sees: :jobs, mails: [CharsetMails.mail(charset)])
  end
  koi8 = Scenario.new("Sidekiq: a message in KOI8-R", sees: :jobs, mails: [CharsetMails.mail("KOI8-R")], difference: {
                        theirs: ->(jobs) { !jobs.to_s.include?("Здравствуйте") },
                        ours: ->(jobs) { jobs.to_s.include?("Здравствуйте") },
                        readme: "one guess for the whole message"
                      })

  two_charsets = CharsetMails.multipart(
    ["Content-Type: text/plain; charset=UTF-8", "Schöne Grüße aus Köln"],
    ["Content-Type: text/plain; charset=Shift_JIS", CharsetMails::TEXTS.fetch("Shift_JIS").encode("Shift_JIS")]
  )

  job = { "class" => String, "args" => Array, "queue" => String, "jid" => String, "retry" => FalseClass,
          "enqueued_at" => Float }

  SIDEKIQ = [
    *charsets,
    koi8,
    Scenario.new("Sidekiq: many messages, with attachments and other structures", sees: :jobs,
                                                                                  mails: %i[attachment auto_reply empty_body html_alternative new_issue reply].map do
                                                                                           Mails.fixture(_1)
                                                                                         end),
    Scenario.new("Sidekiq: a message in two charsets", sees: :jobs, mails: [two_charsets], difference: {
                   theirs: ->(jobs) { !jobs.to_s.include?("Köln") },
                   ours: ->(jobs) { %w[Köln 総務の方にお願いして].all? { |text| jobs.to_s.include?(text) } },
                   readme: "one guess for the whole message"
                 }),
    Scenario.new("Sidekiq: a namespace", sees: :jobs, settings: sidekiq(namespace: "resque:gitlab")),
    Scenario.new("Sidekiq: a queue of its own", sees: :jobs, settings: sidekiq(queue: "mailers", worker: "Mailer")),
    Scenario.new("Sidekiq: the default queue", sees: :jobs, settings: sidekiq(queue: nil)),
    Scenario.new("Sidekiq: no worker", sees: :outcome, settings: sidekiq(worker: nil), difference: {
                   theirs: "marked", ours: { status: 1 }, readme: "a Sidekiq delivery without `worker`"
                 }),
    Scenario.new("Sidekiq: the fields of a job, and the keys in Redis", sees: :traces_of_sidekiq, difference: {
                   theirs: { keys: ["queue:default"], fields: job },
                   ours: { keys: ["queue:default", "queues"], fields: job.merge("created_at" => Float) },
                   readme: "have `created_at`; the queue's name is added to `queues`"
                 })
  ].freeze
end
