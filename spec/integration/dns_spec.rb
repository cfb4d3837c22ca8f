# frozen_string_literal: true

require "support/rspec"

# Names are looked up in threads of their own, which nobody can break off. They must hold up nothing else.
RSpec.describe "DNS that never answers", :integration, :outage, :postback do
  name = "nobody-answers.example.com"

  before do
    reason = Servers::SilentResolver.impossible
    skip reason if reason
  end

  let(:resolver) { own(Servers::SilentResolver.new) }
  let(:command) { resolver.command(*MailRoomProcess::COMMAND) }

  def start(*mailboxes, **top_level)
    dovecot.fill(inbox.user, [Mails.small(1)])
    mail_room(*mailboxes, options: { command: command }, shutdown_timeout: 2, **top_level)
  end

  # Asked, without an answer; the others are served, and the process ends although it still waits.
  def expect_held_up_alone(mailbox, reason)
    process = start(mailbox, settings(neighbour, delivery: { redis_url: well.url }))
    expect(wait_for_error(inbox.user)["error"]).to match(reason)
    expect(resolver.questions).to include("nobody-answers")
    expect_contained(1)
    process.term
    expect(process.exit_status).to eq(0)
  end

  it "holds up a mailbox, and no other" do
    expect_held_up_alone(settings(host: name, connect_timeout: 1), /connecting took longer than 1 s/)
  end

  it "holds up the jobs of one Redis" do
    expect_held_up_alone(settings(delivery: { redis_url: "redis://#{name}" }, delivery_timeout: 1),
                         /Redis is not available: redis:.*connecting: no answer within 1 s/)
  end

  it "holds up the jobs of a Redis behind sentinels" do
    delivery = { redis_url: "redis://mymaster", sentinels: [{ host: name, port: 26_379 }] }
    expect_held_up_alone(settings(delivery: delivery, delivery_timeout: 1),
                         /Redis is not available: .*no answer within 1 s/)
  end

  it "holds up one webhook" do
    expect_held_up_alone(postback(delivery: { url: "http://#{name}/" }, connect_timeout: 1),
                         /the webhook is not available: cannot connect within 1 s \(connect_timeout\)/)
  end

  it "holds up the jobs of one PostgreSQL" do
    options = { host: name, database: "mails", username: "mailer", job_class: "Receiver" }
    expect_held_up_alone(settings(delivery_method: "que", connect_timeout: 1).merge(delivery_options: options),
                         /PostgreSQL is not available: #{name}.*not connected within 1 s/)
  end

  it "holds up a hundred mailboxes, and no other" do
    lost = Array.new(100) { |nth| settings(email: "lost-#{nth}", host: name, connect_timeout: 1) }
    start(*lost, settings(neighbour, delivery: { redis_url: well.url }))
    lost.each { |mailbox| wait_for_error(mailbox[:email]) }
    expect_contained(1)
    processes.last.term
    expect(processes.last.exit_status).to eq(0)
  end

  it "does not make the process deaf while the host name of the health check is looked up" do
    process = start(settings, health_check: { address: name, port: Servers::Ports.free })
    process.wait_until(what: "a question") { resolver.questions.include?("nobody-answers") }
    # The first asks for an orderly end; signals of a kind that come too close become one.
    Wait.until(20, what: "the end", interval: 0.2) do
      process.term
      !process.alive?
    end
    expect(process.stderr).not_to include("cannot listen")
  end
end
