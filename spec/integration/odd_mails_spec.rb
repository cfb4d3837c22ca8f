# frozen_string_literal: true

require "support/rspec"
require "support/odd_mails"

# Through a real Dovecot, which changes some messages itself: what counts is what it gives to any client.
RSpec.describe "A mail", :integration, :postback do
  let(:other_inbox) { new_inbox }

  # @return [String] the only message, as another client gets it
  def given
    inbox.session do |imap|
      imap.examine("INBOX")
      imap.fetch(1, "BODY.PEEK[]").first.attr["BODY[]"].to_s.b
    end
  end

  # @return [String] the line ends, whatever became of the text between them
  def shape(text)
    text.b.gsub(/[^\r\n]+/n, "x")
  end

  def jobs
    redis.jobs.map { |job| job["args"].first }
  end

  # Every one by itself, so that a failure names it.
  OddMails.all.each do |what, mail|
    it "that #{what} arrives" do
      [inbox, other_inbox].each { |one| dovecot.fill(one.user, [mail]) }
      expected = given

      mail_room(postback, settings(other_inbox))
      processes.last.wait_until(30, what: "both marks") { [inbox, other_inbox].sum(&:unseen).zero? }
      expect(web.requests.map(&:body)).to eq([expected])
      text = jobs.first
      expect(text).to be_valid_encoding
      expect(shape(text)).to eq(shape(expected))
      utf8 = expected.dup.force_encoding(Encoding::UTF_8)
      expect(text).to eq(utf8) if utf8.valid_encoding?
    end
  end

  it "arrives beside another with the same Message-ID" do
    dovecot.fill(inbox.user, OddMails.same_message_id)
    mail_room
    processes.last.wait_until(what: "both jobs") { redis.job_count >= 2 }
    expect(jobs).to match_array(OddMails.same_message_id)
    expect(redis.jobs.map { |job| job["jid"] }.uniq.size).to eq(2)
  end

  describe "of 50 MB" do
    let(:mail) { OddMails.large }

    # MiB beyond those of a process that has nothing to do: the message as a response and by itself; for Sidekiq also
    # the job, and the command that holds it.
    { "Sidekiq" => 200, "a webhook" => 150 }.each do |receiver, limit|
      it "arrives at #{receiver} in bounded memory" do
        before = idle_memory
        dovecot.fill(inbox.user, [mail])
        process = receiver == "Sidekiq" ? mail_room : mail_room(postback)
        process.wait_until(60, what: "the mark") { inbox.unseen.zero? }
        raw = receiver == "Sidekiq" ? jobs.first.b : web.requests.first.body
        expect(raw.bytesize).to eq(mail.bytesize)
        expect(raw == mail).to be(true)
        grown = (process.peak_rss_kib - before) / 1024
        expect(grown).to be < limit
      end
    end

    # @return [Integer] KiB that a process takes that has nothing to do
    def idle_memory
      idle = mail_room(settings(new_inbox))
      idle.wait_for_action("Idling")
      idle.peak_rss_kib.tap { idle.term && idle.exit_status(20) }
    end
  end
end
