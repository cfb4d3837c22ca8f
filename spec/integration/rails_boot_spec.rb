# frozen_string_literal: true

require "net/http"
require "support/rails_place"
require "support/rspec"

# What the gem costs the processes of a Rails application that has it in its Gemfile and does not use it.
RSpec.describe "A Rails application with the gem in its bundle", :integration do
  let(:app) { Servers::RailsApp.new(redis_url: redis.url).tap { |app| disposables << app } }

  def native_libraries(*pids)
    pids.flat_map { |pid| File.readlines("/proc/#{pid}/maps").grep(/mail_room/) }
  end

  it "serves from Puma's children, and neither they nor their master have loaded the native library" do
    puma = app.start_puma(workers: 2)
    puma.wait_until(60, "two children") { puma.members.size == 3 }
    answer = Net::HTTP.post(URI(app.url("/api/v4/internal/mail_room/incoming_email")), "Subject: hello\r\n\r\n")

    expect([answer.code, answer.body]).to eq(["401", '{"message":"401 Unauthorized"}'])
    expect(native_libraries(*puma.members)).to eq([])
  end

  it "works off jobs in a Sidekiq that has not loaded the native library" do
    sidekiq = app.start_sidekiq
    push(Mails.fixture("new_issue"))

    expect(app.wait_for_received(1).map(&:raw)).to eq([Mails.fixture("new_issue")])
    expect(native_libraries(sidekiq.pid)).to eq([])
  end

  it "loads few files, and the native library in whichever child needs it first" do
    result = app.run("ruby", "-e", <<~'RUBY')
      require "./config/environment"
      before = $LOADED_FEATURES.grep(%r{/lib/mail_room})
      child = fork { puts MailRoom::Email.new("Subject: of the child\r\n\r\n").subject }
      Process.wait(child)
      puts MailRoom::Email.new("Subject: of the parent\r\n\r\n").subject
      puts before.map { |file| file[%r{lib/(mail_room.*)}, 1] }
    RUBY

    expect(result).to have_attributes(status: 0, errors: "")
    expect(result.output.lines(chomp: true)).to start_with("of the child", "of the parent")
    expect(result.output.lines(chomp: true).drop(2))
      .to match_array(%w[mail_room.rb mail_room/error.rb mail_room/version.rb])
  end

  # As the application itself does, and GitLab's API.
  def push(mail)
    job = { "class" => "EmailReceiverWorker", "args" => [mail], "queue" => "default", "jid" => SecureRandom.hex(12),
            "retry" => false, "created_at" => Time.now.to_f }
    redis.client.lpush("queue:default", JSON.generate(job))
  end
end
