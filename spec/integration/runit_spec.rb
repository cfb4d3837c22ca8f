# frozen_string_literal: true

require "support/rspec"
require "support/service_helpers"

lacking = ServiceHelpers.lacking("runsv" => "runit", "sv" => "runit", "chpst" => "runit", "svlogd" => "runit")
lacking ||= "only root can take on another user, as chpst does" unless Process.uid.zero?

# support/runit under a real runsv, as in the Linux package.
RSpec.describe "The runit service", :integration, :service, skip: lacking do
  let(:service) { folder.join("service") }
  let(:printed) { folder.join("printed", "current") }

  before do
    configuration
    folder.mkdir("working")
    folder.mkdir("environment")
    folder.write("environment/RAILS_ENV", "production\n")
    install("run", "mail_room=#{command}\nconfig=#{folder.join('mail_room.yml')}\n" \
                   "environment=#{folder.join('environment')}\ndirectory=#{folder.join('working')}\naccount=#{user}\n")
    install("log/run", "logs=#{folder.join('printed')}\n")
  end

  after { sv("-w", "20", "force-shutdown") }

  def install(name, conf)
    folder.write("service/#{name}", File.read(support("runit", name)), mode: 0o755)
    folder.write("service/#{File.dirname(name)}/conf", conf)
  end

  def supervise
    runsv = Servers::Process.new("runsv", service, output: folder.join("runsv")).start
    disposables << runsv
    def runsv.remove = kill
    runsv
  end

  def sv(*command)
    run("sv", *command, service)
  end

  def pid
    File.read(File.join(service, "supervise/pid")).to_i
  end

  it "watches the mailbox, starts again after a crash, and stops gracefully" do
    inbox.append(Mails.small(1))
    supervise
    wait_for_action("Idling")
    expect(delivered_numbers).to eq([1])
    expect(sv("status").first).to start_with("run: #{service}: (pid #{pid})")
    expect(File.read("/proc/#{pid}/environ")).to include("RAILS_ENV=production", "UID=#{Process.uid}")
    expect(File.realpath("/proc/#{pid}/cwd")).to eq(File.realpath(folder.join("working")))

    first = pid
    Process.kill("KILL", first)
    wait_for_action("Idling", times: 2)
    expect(pid).not_to eq(first)

    expect(sv("-w", "20", "stop")).to match([/\Aok: down: /, 0])
    expect(log.last["action"]).to eq("Done with mailbox")
  end

  it "keeps what the daemon prints" do
    folder.write("mail_room.yml", ":mailboxes: 7\n")
    supervise
    Wait.until(15, what: "the error") { File.exist?(printed) && File.read(printed).include?("must be a list") }
    expect(File.readlines(printed).first).to match(/\A\S+ \{"time":.*"severity":"fatal"/)
  end
end
