# frozen_string_literal: true

require "support/rspec"

# A mail server that takes a command and never answers: each wait of a session has a deadline, and a shutdown does not
# wait for it.
RSpec.describe "A mail server that goes silent", :integration, :outage do
  let(:door) { front(dovecot.ports.fetch(:imap)) }
  let(:hasty) { { greeting_timeout: 1, command_timeout: 1, literal_timeout: 1, done_timeout: 1, idle_timeout: 2 } }

  def behind_the_door(**others)
    settings(port: door.port, **hasty, **others)
  end

  # What it is silent at, and what the log calls it.
  {
    /LOGIN/ => /LOGIN/, /SELECT/ => /SELECT/, /UID SEARCH/ => /SEARCH/,
    /RFC822\.SIZE\)/ => /FETCH/, /BODY\.PEEK/ => /FETCH|message|literal/i, /UID STORE/ => /STORE/,
    /IDLE/ => /IDLE|idling/i, /DONE/ => /DONE|IDLE/i
  }.each do |command, words|
    describe "at #{command.source.delete('\\\\')}" do
      before { door.hold(command) }

      it "is left, and comes back to: everything is delivered, once" do
        dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
        process = mail_room(behind_the_door, settings(neighbour, delivery: { redis_url: well.url }))
        line = wait_for_error(inbox.user, limit: 30)
        expect(line).to include("action" => "Disconnected. Resetting...", "error" => /took longer than 1 s|silent/)
        expect(line["error"]).to match(words)
        neighbour.append(Mails.small(9))
        process.wait_until(what: "the job of the neighbour") { delivered_numbers(well) == [9] }
        expect(door.held).not_to eq([])

        door.behave
        expect_recovery
        expect(delivered_numbers).to match_array([1, 2])
      end

      it "does not keep the process from ending, and the next one delivers what is left" do
        dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
        process = mail_room(behind_the_door(**hasty.transform_values { 1500 }, idle_timeout: 1), shutdown_timeout: 2)
        process.wait_until(what: "silence") { door.held.any? }
        process.term
        expect(process.exit_status).to eq(0)
        expect(inbox.count).to eq(2)
        marked = inbox.subjects("SEEN").map { |subject| subject[/\d+/].to_i }
        expect(marked - delivered_numbers).to eq([])

        door.behave
        process.restart
        process.wait_until(60, what: "all marks") { inbox.unseen.zero? }
        # What was pushed and could not be marked is pushed again, as the same job.
        expect(redis.jobs.map { |job| [Mails.number(job["args"].first), job["jid"]] }.uniq.map(&:first))
          .to match_array([1, 2])
      end
    end
  end

  # Half-open: the kernel keeps the connection, and nobody is behind it.
  describe "as the process that serves the session is frozen" do
    let(:server) { own(Servers::Dovecot.new) }
    let(:inbox) { new_inbox(server) }

    it "is left out of IDLE, and a new session delivers" do
      process = mail_room(settings(**hasty))
      process.wait_for_action("Idling")
      server.sessions.each { |pid| Process.kill("STOP", pid) }
      server.fill(inbox.user, [Mails.small(1)])
      wait_for_error
      expect_delivered(1, limit: 60)
    end

    it "is left in the middle of a drain: nothing is lost or doubled" do
      server.fill(inbox.user, (1..300).map { |number| Mails.mixed(number) })
      process = mail_room(settings(**hasty))
      Wait.until(15, what: "the first jobs", interval: 0) { redis.job_count.positive? }
      server.sessions.each { |pid| Process.kill("STOP", pid) }
      wait_for_error
      process.wait_until(60, what: "all marks") { inbox.unseen.zero? }
      expect(delivered_numbers).to match_array(1..300)
    end
  end

  it "drops what is sent to it: the log says so, and the neighbour is served" do
    deaf = Servers::DeafPort.new
    disposables << deaf
    neighbour.append(Mails.small(9))
    mail_room(settings(port: deaf.port, connect_timeout: 1), settings(neighbour, delivery: { redis_url: well.url }))
    expect(wait_for_error(inbox.user)["error"]).to include("connecting took longer than 1 s")
    processes.last.wait_until(what: "the job of the neighbour") { delivered_numbers(well) == [9] }
  end

  { "TLS" => { ssl: true }, "STARTTLS" => { ssl: false, start_tls: true } }.each do |name, security|
    it "never ends the handshake of #{name}: the log says so, and the neighbour is served" do
      door.misbehave do |client|
        client.write("* OK ready\r\n") && client.gets && client.write("A0000 OK go on\r\n") if name == "STARTTLS"
        sleep
      end
      neighbour.append(Mails.small(9))
      mail_room(behind_the_door(**security, tls_timeout: 1), settings(neighbour, delivery: { redis_url: well.url }))
      expect(wait_for_error(inbox.user)["error"]).to match(/TLS.*1 s/)
      processes.last.wait_until(what: "the job of the neighbour") { delivered_numbers(well) == [9] }
    end
  end
end
