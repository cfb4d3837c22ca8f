# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Delivery to Sidekiq", :integration do
  # The raw text that must have become of each fixture that is not UTF-8.
  converted = {
    "latin1" => ["l'été prochain", "à Besançon est fermé, mais l'hôtel", "André Lefèvre"],
    "windows_1252" => ["Angebot „Bürostühle“ über 1.250,00 € haben wir erhalten – vielen", "statt „weiß“ liefern… und"],
    "japanese_shift_jis" => ["来週の月曜日の会議ですが、会議室の予約がまだ取れていないようです。", "山田太郎"]
  }

  def wait_for_jobs(count, redis = self.redis, limit: 15)
    processes.last.wait_until(limit, what: "#{count} jobs in Redis") { redis.job_count == count }
    redis.jobs
  end

  describe "the job" do
    let(:mail) { Mails.fixture("reply") }

    it "has exactly the fields that GitLab's workers know" do
      inbox.append(mail)
      before = Time.now.to_f
      mail_room

      job = wait_for_jobs(1).first
      expect(job).to match(
        "class" => "EmailReceiverWorker", "args" => [mail.dup.force_encoding("UTF-8")], "queue" => "default",
        "jid" => /\A\h{24}\z/, "retry" => false, "created_at" => Float, "enqueued_at" => Float
      )
      expect(job.values_at("created_at", "enqueued_at")).to all(be_between(before, Time.now.to_f))
      expect(job["args"].first).to include("\r\n\r\nI could not wait")
    end

    it "goes to the configured queue, which Sidekiq's web page gets to know" do
      inbox.append(mail)
      mail_room(settings(delivery: { queue: "mailers", worker: "ServiceDeskEmailReceiverWorker" }))

      processes.last.wait_until(what: "a job") { redis.job_count("mailers") == 1 }
      expect(redis.jobs("mailers").first).to include("class" => "ServiceDeskEmailReceiverWorker", "queue" => "mailers")
      expect(redis.client.smembers("queues")).to eq(["mailers"])
    end

    it "keeps its jid when the same message is delivered again" do
      inbox.append(mail, Mails.small(1))
      mail_room
      first = wait_for_jobs(2).map { |job| job["jid"] }
      processes.last.term
      processes.last.exit_status

      inbox.session do |imap|
        imap.select("INBOX")
        imap.uid_store([1, 2], "-FLAGS.SILENT", [:Seen])
      end
      redis.clear
      mail_room
      expect(wait_for_jobs(2).map { |job| job["jid"] }).to eq(first)
      expect(first.uniq.size).to eq(2)
    end
  end

  describe "the messages" do
    it "arrive all, once and as they are, and are marked then" do
      dovecot.fill(inbox.user, (1..200).map { |number| Mails.small(number) })
      mail_room

      expect(wait_for_jobs(200).map { |job| job["args"].first }).to match_array((1..200).map { |n| Mails.small(n) })
      Wait.until(15, what: "all marks") { inbox.unseen.zero? }
      expect(redis.jobs.map { |job| job["jid"] }.uniq.size).to eq(200)
    end

    it "arrive whatever their sizes and structures" do
      dovecot.fill(inbox.user, (1..100).map { |number| Mails.mixed(number) })
      mail_room

      wait_for_jobs(100, limit: 60)
      expect(delivered_numbers).to match_array(1..100)
      expect(redis.raw_jobs).to all(be_valid_encoding)
    end

    it "are handed over byte for byte when they are UTF-8 already" do
      names = %w[attachment auto_reply empty_body html_alternative japanese_iso_2022_jp japanese_utf8 new_issue reply]
      mails = names.map { |name| Mails.fixture(name) }
      inbox.append(*mails)
      mail_room

      expect(wait_for_jobs(names.size).map { |job| job["args"].first.b }).to match_array(mails)
    end

    converted.each do |name, texts|
      it "become UTF-8 from #{name}" do
        inbox.append(Mails.fixture(name))
        mail_room

        text = wait_for_jobs(1).first["args"].first
        expect(text).to include(*texts)
        expect(text).to include("\r\n\r\n")
      end
    end

    it "arrive the same from a process without a locale, as services are started" do
      inbox.append(Mails.fixture("japanese_utf8"))
      mail_room(options: { env: { "LC_ALL" => "C" } })

      expect(wait_for_jobs(1).first["args"].first.b).to eq(Mails.fixture("japanese_utf8"))
    end

    # Dovecot itself turns NUL into 0x80 on the way out, as IMAP has no NUL; so this message is neither UTF-8 nor of
    # its declared character set.
    it "arrive with bytes that fit no character set, and so do those after them" do
      dovecot.fill(inbox.user, [Mails.fixture("nul_bytes"), Mails.fixture("reply")])
      mail_room

      bad, good = wait_for_jobs(2).map { |job| job["args"].first }.minmax_by { |text| text.include?("hammer") ? 1 : 0 }
      expect(good.b).to eq(Mails.fixture("reply"))
      expect(bad).to match(/Before the byte\.\r\n.*wenk.*\r\nAfter the byte\./m)
    end
  end

  describe "a real Sidekiq" do
    it "works off every message" do
      folder = Servers::Folder.new("received")
      disposables << folder
      worker = File.join(MailRoomProcess::ROOT, "spec/fixtures/programs/worker.rb")
      sidekiq = Servers::Sidekiq.new(redis_url: redis.url, require: worker, env: { "RECEIVED" => folder.path })
      own(sidekiq)
      inbox.append(*Mails.fixtures.values_at("reply", "japanese_utf8", "attachment"))
      mail_room

      Wait.until(15, what: "three files", detail: sidekiq.method(:log)) do
        Dir[folder.join("*.eml")].size == 3
      end
      received = Dir[folder.join("*.eml")].map { |file| File.binread(file) }
      expect(received).to match_array(Mails.fixtures.values_at("reply", "japanese_utf8", "attachment"))
    end
  end
end
